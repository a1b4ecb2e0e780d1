package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/traits"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/restjson1"

	"hardpan/internal/identity"
)

// Resource is any of this package's resources.
type Resource interface {
	identity.Resource

	// Common returns what all of them have.
	Common() *Meta

	// Content is what is stored of it beside that, as JSON text.
	Content() (string, error)

	setContent(text string) error
}

// Empty returns a resource of a kind that has nothing yet; nil for a kind that
// is not of this package.
func Empty(kind identity.Kind) Resource {
	switch kind {
	case KindGateway:
		return &Gateway{}
	case KindTarget:
		return &Target{}
	case KindEngine:
		return &Engine{}
	case KindPolicy:
		return &Policy{}
	case KindProvider:
		return &Provider{}
	case KindResourcePolicy:
		return &ResourcePolicy{}
	}
	return nil
}

// Restore makes a resource of what was stored of it.
func Restore(kind identity.Kind, m Meta, content string) (Resource, error) {
	r := Empty(kind)
	*r.Common() = m
	if err := r.setContent(content); err != nil {
		return nil, fmt.Errorf("reading %s %s of account %s: %w", kind, m.ID, m.Account, err)
	}
	return r, nil
}

// stored is the JSON form of a resource: what AWS shows of it in AWS's own form,
// and what is Hardpan's.
type stored struct {
	AWS json.RawMessage `json:"aws"`
	Own *own            `json:"own,omitempty"`
}

// own is what AWS does not show.
type own struct {
	Tools     []Tool    `json:"tools,omitempty"`
	Prompts   []Prompt  `json:"prompts,omitempty"`
	Resources bool      `json:"resources,omitempty"`
	Next      *Proposal `json:"next,omitempty"`
	Type      string    `json:"type,omitempty"`
	Sealed    []byte    `json:"sealed,omitempty"`
}

var (
	protocol = restjson1.New(nil)
	bare     = smithy.NewSchema(smithy.ShapeID{Namespace: "hardpan", Name: "Content"}, smithy.ShapeTypeOperation, 0,
		&traits.HTTP{Method: "POST", URI: "/", Code: http.StatusOK})
)

func encode(schema *smithy.Schema, shown smithy.Serializable, o any) (string, error) {
	req := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	err := protocol.SerializeRequest(context.Background(), smithy.NewOperationSchema(bare, schema, nil), shown, req)
	if err != nil {
		return "", fmt.Errorf("writing what AWS shows: %w", err)
	}
	text := []byte("{}")
	if stream := req.GetStream(); stream != nil {
		if text, err = io.ReadAll(stream); err != nil {
			return "", fmt.Errorf("writing what AWS shows: %w", err)
		}
	}
	s := stored{AWS: text}
	if o, ok := o.(own); ok {
		s.Own = &o
	}
	out, err := json.Marshal(s)
	return string(out), err
}

func decode(schema *smithy.Schema, text string, shown smithy.Deserializable, o *own) error {
	s := stored{Own: o}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return err
	}
	res := &smithyhttp.Response{Response: &http.Response{
		StatusCode: http.StatusOK, ContentLength: int64(len(s.AWS)), Body: io.NopCloser(bytes.NewReader(s.AWS)),
	}}
	return protocol.DeserializeResponse(context.Background(), smithy.NewOperationSchema(bare, nil, schema), nil, res, shown)
}
