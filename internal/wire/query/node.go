package query

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"hardpan/internal/awserr"
)

// The limits of a form. They are far above what an operation of IAM or STS
// needs, and bound the memory that a form can take.
const (
	MaxParameters = 10_000
	MaxIndex      = 10_000 // of a list or map
	maxParts      = 16     // of a name, e.g. Tags.member.1.Key has 4
	maxName       = 512    // bytes of a name
)

// node is one step of dotted parameter names.
type node struct {
	text     *string
	children map[string]*node
}

// newNode sorts a form into a tree.
func newNode(values url.Values) (*node, error) {
	if len(values) > MaxParameters {
		return nil, awserr.New("ValidationError", http.StatusBadRequest,
			"The request has %d parameters; at most %d are allowed.", len(values), MaxParameters)
	}
	root := &node{}
	for name, texts := range values {
		if len(name) > maxName || strings.Count(name, ".") >= maxParts {
			continue // no operation has such a parameter
		}
		if len(texts) != 1 {
			return nil, malformed("The parameter %s is given more than once.", name)
		}
		n := root
		for part := range strings.SplitSeq(name, ".") {
			n = n.child(part)
		}
		n.text = &texts[0]
	}
	return root, nil
}

func (n *node) child(part string) *node {
	c := n.children[part]
	if c == nil {
		if n.children == nil {
			n.children = map[string]*node{}
		}
		c = &node{}
		n.children[part] = c
	}
	return c
}

type numbered struct {
	index int
	node  *node
}

// numbered lists what stands under n.part.1, n.part.2 and so on, by number.
func (n *node) numbered(part, path string) ([]numbered, error) {
	if n.text != nil && *n.text != "" {
		return nil, malformed("%s is a list; its members are %s.%s.1, %s.%s.2, …", path, path, part, path, part)
	}
	list := n.children[part]
	if list == nil {
		return nil, nil
	}
	out := make([]numbered, 0, len(list.children))
	for text, child := range list.children {
		index, err := strconv.Atoi(text)
		if err != nil || index < 1 || index > MaxIndex || strconv.Itoa(index) != text {
			return nil, malformed("%s.%s has an index that is not a number from 1 to %d.", path, part, MaxIndex)
		}
		out = append(out, numbered{index, child})
	}
	slices.SortFunc(out, func(a, b numbered) int { return a.index - b.index })
	return out, nil
}
