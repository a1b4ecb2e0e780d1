// Package openapi reads an OpenAPI document as tools: what each is called with,
// and the HTTP request that a call becomes.
//
// A tool is an operation with an operationId. Its input is one JSON object: the
// parameters by their names and, when the body is a JSON object, its properties
// beside them; any other body, and a property whose name a parameter has, goes
// under "body". That layout is ours (AWS does not document the one of its
// gateway).
//
// The package does no I/O and follows no reference out of the document: what a
// document may make Hardpan read is the document. It knows nothing of
// credentials, gateways or policies.
package openapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Limits of a document. AWS's limit of an inline schema is 1 MB (weak source);
// the others keep a document from growing when it is unfolded.
const (
	MaxBytes = 1 << 20
	MaxTools = 1000
)

// API is a document that was read. It is immutable.
type API struct {
	Title   string
	Version string // of the OpenAPI Specification
	Tools   []*Tool
	// Skipped says which operations are no tools, and why.
	Skipped []string
}

// Tool is one operation.
type Tool struct {
	Name         string // its operationId
	Description  string
	InputSchema  map[string]any // JSON Schema of its input, without references
	OutputSchema map[string]any // of a successful JSON answer that is an object; nil: unknown

	method string
	server string // URL without a slash at its end
	path   string // with {parameters}
	params []param
	body   *body
}

// Endpoint is the method and URL template of the tool, for people.
func (t *Tool) Endpoint() string { return t.method + " " + t.server + t.path }

// Route is the method and path template, without the server.
func (t *Tool) Route() (method, path string) { return t.method, t.path }

// Options say how a document is read. The zero value takes it as it is.
type Options struct {
	Server string // the URL to call instead of the one the document names

	// Choose tells which operations become tools, and how they are called; nil:
	// all that have an operationId, by that.
	Choose func(method, path, operationID string) (name string, ok bool)
}

// Load reads a document in JSON or YAML, of version 3.0 or 3.1. The error says
// what is wrong in the document, and where.
func Load(document []byte, o Options) (*API, error) {
	if len(document) > MaxBytes {
		return nil, fmt.Errorf("the OpenAPI document has %d bytes; at most %d are taken", len(document), MaxBytes)
	}
	loader := openapi3.NewLoader()
	loader.ReadFromURIFunc = func(_ *openapi3.Loader, at *url.URL) ([]byte, error) {
		return nil, fmt.Errorf("the reference to %s leads out of the document; put what it names into it", at.Redacted())
	}
	doc, err := loader.LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("reading the OpenAPI document: %w", err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.0") && !strings.HasPrefix(doc.OpenAPI, "3.1") {
		return nil, fmt.Errorf("the document says openapi: %q; versions 3.0 and 3.1 are understood", doc.OpenAPI)
	}
	// A wrong example or default calls nothing wrongly, and many have one.
	if err := doc.Validate(loader.Context, openapi3.DisableExamplesValidation(), openapi3.DisableSchemaDefaultsValidation(),
		openapi3.DisableSchemaPatternValidation()); err != nil {
		return nil, fmt.Errorf("the OpenAPI document is not valid: %w", err)
	}
	o.Server = strings.TrimSuffix(o.Server, "/")
	return read(doc, o)
}

func read(doc *openapi3.T, o Options) (*API, error) {
	api := &API{Version: doc.OpenAPI}
	if doc.Info != nil {
		api.Title = doc.Info.Title
	}
	seen := map[string]string{}
	for _, path := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(path)
		for _, method := range methods(item) {
			where := method + " " + path
			operation := item.GetOperation(method)
			name, chosen := operation.OperationID, true
			if o.Choose != nil {
				name, chosen = o.Choose(method, path, name)
			}
			if !chosen {
				continue
			}
			if name == "" {
				api.Skipped = append(api.Skipped, where+" has no operationId")
				continue
			}
			if had, ok := seen[name]; ok {
				return nil, fmt.Errorf("the operationId %q stands at %s and at %s", name, had, where)
			}
			seen[name] = where
			base, err := serverOf(doc, item, operation, o.Server)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", where, err)
			}
			tool, err := newTool(name, method, base, path, item, operation)
			if err != nil {
				api.Skipped = append(api.Skipped, where+": "+err.Error())
				continue
			}
			api.Tools = append(api.Tools, tool)
		}
	}
	if len(api.Tools) == 0 {
		return nil, errors.New("the OpenAPI document has no operation that can be a tool: " + strings.Join(append(api.Skipped, "each needs an operationId"), "; "))
	}
	if len(api.Tools) > MaxTools {
		return nil, fmt.Errorf("the OpenAPI document has %d operations; at most %d are taken", len(api.Tools), MaxTools)
	}
	slices.SortFunc(api.Tools, func(a, b *Tool) int { return strings.Compare(a.Name, b.Name) })
	return api, nil
}

// methods are those that path has operations for, in a fixed order. TRACE and
// CONNECT are nothing that a tool does.
func methods(path *openapi3.PathItem) (list []string) {
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions} {
		if path.GetOperation(m) != nil {
			list = append(list, m)
		}
	}
	return list
}

// serverOf is the URL that an operation is called at: the given one, else the
// nearest the document names, with its variables' defaults.
func serverOf(doc *openapi3.T, path *openapi3.PathItem, operation *openapi3.Operation, given string) (string, error) {
	if given != "" {
		return given, nil
	}
	servers := doc.Servers
	if len(path.Servers) > 0 {
		servers = path.Servers
	}
	if operation.Servers != nil && len(*operation.Servers) > 0 {
		servers = *operation.Servers
	}
	if len(servers) == 0 {
		return "", errors.New("the document names no server to call")
	}
	text := servers[0].URL
	for name, variable := range servers[0].Variables {
		text = strings.ReplaceAll(text, "{"+name+"}", variable.Default)
	}
	at, err := url.Parse(text)
	if err != nil || (at.Scheme != "https" && at.Scheme != "http") || at.Host == "" || at.User != nil {
		return "", fmt.Errorf("the server %q is no absolute http or https URL", text)
	}
	if at.RawQuery != "" || at.Fragment != "" {
		return "", fmt.Errorf("the server %q has a query or fragment", text)
	}
	return strings.TrimSuffix(text, "/"), nil
}
