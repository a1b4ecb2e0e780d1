package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/goccy/go-yaml"

	"hardpan/internal/simulation"
)

// suite is a file of cases for hardpan test.
type suite struct {
	Policies string     `yaml:"policies"`
	Account  string     `yaml:"account"`
	Region   string     `yaml:"region"`
	Cases    []testCase `yaml:"cases"`
}

type testCase struct {
	Name      string            `yaml:"name"`
	Principal string            `yaml:"principal"`
	Action    string            `yaml:"action"`
	Model     string            `yaml:"model"`
	Resource  string            `yaml:"resource"`
	Region    string            `yaml:"region"`
	Via       string            `yaml:"via"`
	Bearer    string            `yaml:"bearer"`
	Context   map[string]values `yaml:"context"`
	Expect    string            `yaml:"expect"`
	Because   string            `yaml:"because"`
}

// values is one value, or a list: then the key is multivalued.
type values struct {
	list  []string
	multi bool
}

// UnmarshalYAML implements yaml.BytesUnmarshaler.
func (v *values) UnmarshalYAML(text []byte) error {
	var one string
	if err := yaml.Unmarshal(text, &one); err == nil {
		v.list = []string{one}
		return nil
	}
	v.multi = true
	return yaml.Unmarshal(text, &v.list)
}

// maxSuite bounds a file of cases, in bytes.
const maxSuite = 4 << 20

func readSuite(name string) (*suite, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading the cases: %w", err)
	}
	if len(text) > maxSuite {
		return nil, fmt.Errorf("%s has more than %d bytes", name, maxSuite)
	}
	s := new(suite)
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(s); err != nil {
		return nil, fmt.Errorf("%s: %s", name, yaml.FormatError(err, false, true))
	}
	if len(s.Cases) == 0 {
		return nil, fmt.Errorf("%s has no cases", name)
	}
	for i := range s.Cases {
		if err := s.Cases[i].check(); err != nil {
			return nil, fmt.Errorf("%s: case %d, %s: %w", name, i+1, s.Cases[i].title(), err)
		}
	}
	return s, nil
}

func (c *testCase) check() error {
	switch {
	case c.Principal == "":
		return errors.New("it names no principal")
	case c.Action == "":
		return errors.New("it names no action")
	case c.Model != "" && c.Resource != "":
		return errors.New("it names a model and a resource; a call has one of them")
	case c.Expect != "allow" && c.Expect != "deny":
		return fmt.Errorf("expect is allow or deny, not %q", c.Expect)
	case c.Because != "" && c.Expect == "allow":
		return errors.New("because goes with expect: deny")
	case !slices.Contains([]string{"", "LONG_TERM", "SHORT_TERM"}, c.Bearer):
		return fmt.Errorf("bearer is LONG_TERM or SHORT_TERM, not %q", c.Bearer)
	}
	return nil
}

// title is the case's name, or what it asks.
func (c *testCase) title() string {
	if c.Name != "" {
		return c.Name
	}
	title := c.Principal + " " + c.Action
	if on := cmp.Or(c.Model, c.Resource); on != "" {
		title += " " + on
	}
	return title
}

func (c *testCase) question(region string) simulation.Question {
	q := simulation.Question{Action: c.Action, Resource: cmp.Or(c.Model, c.Resource), Region: region, Via: c.Via, Bearer: c.Bearer}
	for _, name := range slices.Sorted(maps.Keys(c.Context)) {
		v := c.Context[name]
		q.Context = append(q.Context, simulation.Key{Name: name, Values: v.list, Multi: v.multi})
	}
	return q
}
