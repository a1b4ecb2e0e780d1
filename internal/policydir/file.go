package policydir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"hardpan/policy"
	"hardpan/policy/eval"
)

var layers = map[policy.Kind]eval.Layer{
	policy.Identity: eval.LayerIdentity, policy.Boundary: eval.LayerBoundary, policy.Session: eval.LayerSession,
	policy.SCP: eval.LayerSCP, policy.RCP: eval.LayerRCP,
}

// add appends the policies of a folder, files that end in .json, to policies.
func (r *reader) add(policies []*eval.Policy, folder string, kind policy.Kind) ([]*eval.Policy, error) {
	entries, err := fs.ReadDir(r.files, folder)
	if err != nil {
		return nil, fmt.Errorf("reading the policies: %w", err)
	}
	for _, e := range visible(entries) {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		one, err := r.compile(folder+"/"+e.Name(), kind, "")
		if err != nil {
			return nil, err
		}
		policies = append(policies, one...)
	}
	return policies, nil
}

// compile reads one policy. Its name in explanations is the file's.
func (r *reader) compile(name string, kind policy.Kind, owner string) ([]*eval.Policy, error) {
	text, err := r.read(name)
	if err != nil {
		return nil, err
	}
	doc, err := policy.Load(text, kind)
	if err != nil {
		return nil, fault(name, kind, err)
	}
	return []*eval.Policy{eval.Compile(doc, eval.Source{Layer: layers[kind], Name: name, Owner: owner})}, nil
}

// fault says what is wrong with a file, and where in it.
func fault(name string, kind policy.Kind, err error) error {
	m, ok := errors.AsType[*policy.MalformedError](err)
	if !ok {
		return fmt.Errorf("%s: %w", name, err)
	}
	at := name
	if m.Pos.Line > 0 {
		at = fmt.Sprintf("%s:%d:%d", name, m.Pos.Line, m.Pos.Column)
	}
	return fmt.Errorf("%s: this is no %s: %s (AWS: %s)", at, kind, m.Detail, m.Message)
}

func (r *reader) read(name string) ([]byte, error) {
	if r.folder.files++; r.folder.files > maxFiles {
		return nil, fmt.Errorf("reading the policies: there are more than %d files", maxFiles)
	}
	file, err := r.files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading the policies: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the policies: %w", err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: it has more than %d bytes, which no policy may have", name, maxFile)
	}
	return text, nil
}

// tags reads the tags of a principal: an object of strings.
func (r *reader) tags(name string) (map[string]string, error) {
	text, err := r.read(name)
	if err != nil {
		return nil, err
	}
	var tags map[string]string
	if err := json.Unmarshal(text, &tags); err != nil {
		return nil, fmt.Errorf(`%s: these are no tags, which are an object like {"UserEmail": "foo@example.com"}: %w`, path.Clean(name), err)
	}
	return tags, nil
}
