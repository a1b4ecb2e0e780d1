//go:build !unix

package audit

import (
	"fmt"
	"os"
	"path/filepath"
)

// lock opens the lock file. There is no flock here, so a second writer is not
// kept out; Hardpan's servers run on Unix.
func lock(folder string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the journal: %w", err)
	}
	return f, nil
}
