package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
)

// nodeFile lies beside the segments: a journal that is moved away takes its name
// along, and the one that is begun in its place gets another.
const nodeFile = "node"

// Node returns the name of the journal in the data folder dir, a UUID, and makes
// it on the first call. It is what tells the records of one node from those of
// another where several are summed in one database. The journal must be open in
// this process, so that only one makes a name.
func Node(dir string) (string, error) {
	path := filepath.Join(folder(dir), nodeFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return newNode(dir, path)
	}
	if err != nil {
		return "", fmt.Errorf("reading the journal's name: %w", err)
	}
	name := strings.TrimSpace(string(text))
	if _, err := uuid.Parse(name); err != nil {
		return "", fmt.Errorf("reading the journal's name: %s holds %q, which is none; restore that file, or move the journal folder away to begin a new one", path, name)
	}
	return name, nil
}

// newNode writes a new name so that it is there whole or not at all.
func newNode(dir, path string) (string, error) {
	name := uuid.NewString()
	f, err := os.CreateTemp(folder(dir), nodeFile+"-*")
	if err != nil {
		return "", fmt.Errorf("naming the journal: %w", err)
	}
	defer os.Remove(f.Name()) // after the rename it is not there
	_, err = f.WriteString(name + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncFolder(folder(dir))
	}
	if err != nil {
		return "", fmt.Errorf("naming the journal: %w", err)
	}
	return name, nil
}
