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
	name, err := KnownNode(dir)
	if errors.Is(err, os.ErrNotExist) {
		return newNode(dir)
	}
	return name, err
}

// KnownNode is [Node] without making a name: a journal that has none yet is
// [os.ErrNotExist]. The journal may be open in another process.
func KnownNode(dir string) (string, error) {
	path := filepath.Join(folder(dir), nodeFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading the journal's name: %w", err)
	}
	name := strings.TrimSpace(string(text))
	if _, err := uuid.Parse(name); err != nil {
		return "", fmt.Errorf("reading the journal's name: %s holds %q, which is none; restore that file, or move the journal folder away to begin a new one", path, name)
	}
	return name, nil
}

func newNode(dir string) (string, error) {
	name := uuid.NewString()
	if err := replaceFile(folder(dir), nodeFile, []byte(name+"\n")); err != nil {
		return "", fmt.Errorf("naming the journal: %w", err)
	}
	return name, nil
}

// replaceFile writes a small file so that, whatever happens, it is the old one
// or the new one as a whole.
func replaceFile(dir, name string, text []byte) error {
	f, err := os.CreateTemp(dir, name+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after the rename it is not there
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
		return err
	}
	return syncFolder(dir)
}
