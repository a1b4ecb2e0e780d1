// Package policydir reads a folder of policy files: what limits each principal
// when there is no server to ask. doc/policy-folders.md says how a folder is
// laid out.
//
// It knows files and the layers that they belong to. It decides nothing and
// knows nothing of Bedrock.
package policydir

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"hardpan/policy"
	"hardpan/policy/eval"
)

// The bounds of a folder.
const (
	maxFile  = 1 << 20 // bytes; IAM's largest policy has 10,240
	maxFiles = 10_000
)

// Folder is the policies of a folder, compiled.
type Folder struct {
	common holder             // of every principal
	owners map[string]*holder // by "user/NAME" and "role/NAME"
	scps   []*eval.Set
	rcps   []*eval.Set
	files  int
}

// holder is the policies of one principal, or of all.
type holder struct {
	identity []*eval.Policy
	boundary []*eval.Policy
	session  []*eval.Policy
	tags     map[string]string
}

// Read reads the whole folder. What it cannot understand is an error with the
// file's name, line and column: a policy that is passed over in silence would
// make every answer wrong.
func Read(folder fs.FS) (*Folder, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("reading the policies: %w", plain(err))
	}
	r := &reader{files: folder, folder: &Folder{owners: map[string]*holder{}}}
	for _, e := range visible(entries) {
		if err := r.top(e); err != nil {
			return nil, err
		}
	}
	if r.folder.files == 0 {
		return nil, errors.New("reading the policies: there is no policy in the folder, no file that ends in .json")
	}
	return r.folder, nil
}

// plain takes the operation off an error of the file system, whose name the
// caller has not given.
func plain(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok && e.Path == "." {
		return e.Err
	}
	return err
}

// visible leaves out what begins with a dot.
func visible(entries []fs.DirEntry) []fs.DirEntry {
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") })
}

type reader struct {
	files  fs.FS
	folder *Folder
}

// folders are those that a folder of policies may have.
const folders = "identity, session, scp, rcp, user and role"

// top reads one entry of the folder itself.
func (r *reader) top(e fs.DirEntry) (err error) {
	name := e.Name()
	if !e.IsDir() {
		return r.file(&r.folder.common, name)
	}
	switch name {
	case "identity":
		r.folder.common.identity, err = r.add(r.folder.common.identity, name, policy.Identity)
	case "session":
		r.folder.common.session, err = r.add(r.folder.common.session, name, policy.Session)
	case "scp":
		r.folder.scps, err = r.levels(name, policy.SCP)
	case "rcp":
		r.folder.rcps, err = r.levels(name, policy.RCP)
	case "user", "role":
		err = r.owners(name)
	default:
		err = fmt.Errorf("reading the policies: the folder %s means nothing; there may be %s", name, folders)
	}
	return err
}

// file reads a file of the folder itself, or of a principal's.
func (r *reader) file(h *holder, name string) (err error) {
	owner := path.Dir(name)
	if owner == "." {
		owner = ""
	}
	var one []*eval.Policy
	switch base := path.Base(name); {
	case base == "tags.json":
		h.tags, err = r.tags(name)
	case base == "boundary.json":
		one, err = r.compile(name, policy.Boundary, owner)
		h.boundary = append(h.boundary, one...)
	case base == "session.json":
		one, err = r.compile(name, policy.Session, owner)
		h.session = append(h.session, one...)
	case strings.HasSuffix(base, ".json"):
		one, err = r.compile(name, policy.Identity, owner)
		h.identity = append(h.identity, one...)
	}
	return err
}

// owners reads the folder user or role: a file, or a folder, for each.
func (r *reader) owners(kind string) error {
	entries, err := fs.ReadDir(r.files, kind)
	if err != nil {
		return fmt.Errorf("reading the policies: %w", err)
	}
	for _, e := range visible(entries) {
		h := r.folder.owner(kind + "/" + strings.TrimSuffix(e.Name(), ".json"))
		if !e.IsDir() {
			if !strings.HasSuffix(e.Name(), ".json") {
				continue
			}
			one, err := r.compile(kind+"/"+e.Name(), policy.Identity, kind+"/"+strings.TrimSuffix(e.Name(), ".json"))
			if err != nil {
				return err
			}
			h.identity = append(h.identity, one...)
			continue
		}
		if err := r.owned(h, kind+"/"+e.Name()); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) owned(h *holder, folder string) error {
	entries, err := fs.ReadDir(r.files, folder)
	if err != nil {
		return fmt.Errorf("reading the policies: %w", err)
	}
	for _, e := range visible(entries) {
		if e.IsDir() {
			return fmt.Errorf("reading the policies: %s/%s is a folder; a principal's policies are files", folder, e.Name())
		}
		if err := r.file(h, folder+"/"+e.Name()); err != nil {
			return err
		}
	}
	return nil
}

func (f *Folder) owner(name string) *holder {
	h := f.owners[name]
	if h == nil {
		h = &holder{}
		f.owners[name] = h
	}
	return h
}

// levels reads scp or rcp: policies of one level, or a folder for each level
// from the root down, in the order of their names.
func (r *reader) levels(folder string, kind policy.Kind) ([]*eval.Set, error) {
	entries, err := fs.ReadDir(r.files, folder)
	if err != nil {
		return nil, fmt.Errorf("reading the policies: %w", err)
	}
	files, err := r.add(nil, folder, kind)
	if err != nil {
		return nil, err
	}
	var levels []*eval.Set
	if len(files) > 0 {
		levels = append(levels, eval.NewSet(files...))
	}
	for _, e := range visible(entries) {
		if !e.IsDir() {
			continue
		}
		policies, err := r.add(nil, folder+"/"+e.Name(), kind)
		if err != nil {
			return nil, err
		}
		levels = append(levels, eval.NewSet(policies...))
	}
	return levels, nil
}
