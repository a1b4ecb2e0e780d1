package openapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hardpan/internal/openapi"
)

const orders = `
openapi: 3.1.0
info: {title: Orders, version: "1"}
servers: [{url: "https://{tenant}.example.com/v1/", variables: {tenant: {default: shop}}}]
paths:
  /orders/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}, description: The order}
    get:
      operationId: getOrder
      summary: One order
      parameters:
        - {name: fields, in: query, schema: {type: array, items: {type: string}}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: Authorization, in: header, schema: {type: string}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}}}
    patch:
      operationId: changeOrder
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Change"}}}
      responses: {"204": {description: done}}
  /search:
    post:
      operationId: search
      requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, required: [q], properties: {q: {type: string}, tag: {type: array, items: {type: string}}}}}}}
      responses: {default: {description: any}}
  /note:
    put:
      operationId: note
      requestBody: {required: true, content: {text/plain: {schema: {type: string}}}}
      responses: {default: {description: any}}
  /upload:
    post:
      operationId: upload
      requestBody: {content: {image/png: {}}}
      responses: {default: {description: any}}
  /nameless:
    get: {responses: {default: {description: any}}}
components:
  schemas:
    Change:
      type: object
      required: [amount]
      properties:
        amount: {type: number, exclusiveMinimum: 0}
        item: {$ref: "#/components/schemas/Item"}
    Item:
      type: object
      properties:
        name: {type: [string, "null"]}
        parts: {type: array, items: {$ref: "#/components/schemas/Item"}}
`

// server is the server of orders, as written there.
const server = `"https://{tenant}.example.com/v1/", variables: {tenant: {default: shop}}`

func load(t *testing.T, document string) *openapi.API {
	t.Helper()
	api, err := openapi.Load([]byte(document), openapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func find(t *testing.T, api *openapi.API, name string) *openapi.Tool {
	t.Helper()
	for _, tool := range api.Tools {
		if tool.Name == name {
			return tool
		}
	}
	t.Fatalf("no tool %s", name)
	return nil
}

func request(t *testing.T, tool *openapi.Tool, input string) (string, *http.Request) {
	t.Helper()
	var args map[string]json.RawMessage
	if err := json.Unmarshal([]byte(input), &args); err != nil {
		t.Fatal(err)
	}
	r, err := tool.Request(t.Context(), args)
	if err != nil {
		t.Fatal(err)
	}
	text := r.Method + " " + r.URL.String()
	if r.Body != nil {
		content, _ := io.ReadAll(r.Body)
		text += " " + r.Header.Get("Content-Type") + " " + string(content)
	}
	return text, r
}

func TestACallBecomesARequest(t *testing.T) {
	api := load(t, orders)
	for _, c := range []struct{ tool, input, want string }{
		{"getOrder", `{"id":"a/b c","fields":["x","y"]}`, "GET https://shop.example.com/v1/orders/a%2Fb%20c?fields=x&fields=y"},
		{"getOrder", `{"id":12345678901234567890,"unknown":1}`, "GET https://shop.example.com/v1/orders/12345678901234567890"},
		{
			"changeOrder", `{"id":"7","amount":1.50,"item":{"name":null}}`,
			`PATCH https://shop.example.com/v1/orders/7 application/json {"amount":1.50,"item":{"name":null}}`,
		},
		{"search", `{"q":"a b","tag":["x","y"]}`, "POST https://shop.example.com/v1/search application/x-www-form-urlencoded q=a+b&tag=%5B%22x%22%2C%22y%22%5D"},
		{"search", `{}`, "POST https://shop.example.com/v1/search"},
		{"note", `{"body":"hello"}`, "PUT https://shop.example.com/v1/note text/plain hello"},
	} {
		if got, _ := request(t, find(t, api, c.tool), c.input); got != c.want {
			t.Errorf("%s(%s)\n got %s\nwant %s", c.tool, c.input, got, c.want)
		}
	}
	_, r := request(t, find(t, api, "getOrder"), `{"id":"1","X-Trace":"abc","Authorization":"Bearer stolen"}`)
	if r.Header.Get("X-Trace") != "abc" || r.Header.Get("Authorization") != "" {
		t.Errorf("headers: %v", r.Header)
	}
}

func TestWhatCannotBeATool(t *testing.T) {
	want := []string{
		"GET /nameless has no operationId",
		"POST /upload: its body has none of the types that can be made: JSON, a form or text, but image/png",
	}
	got := load(t, orders).Skipped
	if diff := cmp.Diff(want, sorted(got)); diff != "" {
		t.Error(diff)
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

func TestSchemas(t *testing.T) {
	api := load(t, orders)
	got, _ := json.Marshal(find(t, api, "changeOrder").InputSchema)
	want := `{"properties":{"amount":{"exclusiveMinimum":0,"type":"number"},"id":{"description":"The order","type":"string"},` +
		`"item":{"properties":{"name":{"type":["string","null"]},"parts":{"items":{"description":"Not shown further: the schema contains itself, or is too large.","type":"object"},"type":"array"}},"type":"object"}},` +
		`"required":["id","amount"],"type":"object"}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if find(t, api, "getOrder").OutputSchema == nil || find(t, api, "note").OutputSchema != nil {
		t.Error("a tool has an output schema exactly if its answer is a JSON object")
	}
}

// The styles as the specification's table has them, for the values string,
// array and object.
func TestStyles(t *testing.T) {
	const values = `{"a":"blue","b":["blue","black","brown"],"c":{"R":100,"G":200,"B":150}}`
	for _, c := range []struct{ in, style, explode, a, b, c string }{
		{"path", "simple", "false", "blue", "blue,black,brown", "B,150,G,200,R,100"},
		{"path", "simple", "true", "blue", "blue,black,brown", "B=150,G=200,R=100"},
		{"path", "label", "false", ".blue", ".blue,black,brown", ".B,150,G,200,R,100"},
		{"path", "label", "true", ".blue", ".blue.black.brown", ".B=150.G=200.R=100"},
		{"path", "matrix", "false", ";a=blue", ";b=blue,black,brown", ";c=B,150,G,200,R,100"},
		{"path", "matrix", "true", ";a=blue", ";b=blue;b=black;b=brown", ";B=150;G=200;R=100"},
	} {
		document := fmt.Sprintf(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[{"url":"http://h.example"}],"paths":{"/{a}/{b}/{c}":{"get":{
			"operationId":"op","responses":{"200":{"description":"ok"}},"parameters":[%s,%s,%s]}}}}`,
			described("a", c.in, c.style, c.explode, "string"), described("b", c.in, c.style, c.explode, "array"), described("c", c.in, c.style, c.explode, "object"))
		got, _ := request(t, load(t, document).Tools[0], values)
		if want := "GET http://h.example/" + c.a + "/" + c.b + "/" + c.c; got != want {
			t.Errorf("%s explode=%s\n got %s\nwant %s", c.style, c.explode, got, want)
		}
	}
	for _, c := range []struct{ style, explode, kind, want string }{
		{"form", "true", "array", "b=blue&b=black&b=brown"},
		{"form", "false", "array", "b=blue%2Cblack%2Cbrown"},
		{"spaceDelimited", "false", "array", "b=blue+black+brown"},
		{"pipeDelimited", "false", "array", "b=blue%7Cblack%7Cbrown"},
		{"form", "true", "object", "B=150&G=200&R=100"},
		{"form", "false", "object", "c=B%2C150%2CG%2C200%2CR%2C100"},
		{"deepObject", "true", "object", "c%5BB%5D=150&c%5BG%5D=200&c%5BR%5D=100"},
	} {
		name := map[string]string{"array": "b", "object": "c"}[c.kind]
		document := `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[{"url":"http://h.example"}],"paths":{"/":{"get":{
			"operationId":"op","responses":{"200":{"description":"ok"}},"parameters":[` + described(name, "query", c.style, c.explode, c.kind) + `]}}}}`
		if got, _ := request(t, load(t, document).Tools[0], values); got != "GET http://h.example/?"+c.want {
			t.Errorf("%s explode=%s of %s: %s, want %s", c.style, c.explode, c.kind, got, c.want)
		}
	}
}

func described(name, in, style, explode, kind string) string {
	items := ""
	if kind == "array" {
		items = `,"items":{"type":"string"}`
	}
	return fmt.Sprintf(`{"name":%q,"in":%q,"style":%q,"explode":%s,"required":%t,"schema":{"type":%q%s}}`, name, in, style, explode, in == "path", kind, items)
}

func TestBadDocuments(t *testing.T) {
	for name, c := range map[string]struct{ document, want string }{
		"no JSON or YAML": {"{", "reading the OpenAPI document"},
		"another version": {`{"swagger":"2.0"}`, "versions 3.0 and 3.1 are understood"},
		"too large":       {strings.Repeat(" ", openapi.MaxBytes+1), "at most 1048576 are taken"},
		"a remote reference": {
			strings.Replace(orders, `"#/components/schemas/Change"`, `"http://127.0.0.1:1/x.json#/Change"`, 1),
			"leads out of the document",
		},
		"a file": {strings.Replace(orders, `"#/components/schemas/Change"`, `"/etc/passwd"`, 1), "leads out of the document"},
		"one operationId twice": {
			strings.Replace(orders, "operationId: note", "operationId: search", 1), "search",
		},
		"no server":                {strings.Replace(orders, "servers: ", "x-servers: ", 1), "names no server"},
		"a relative server":        {strings.Replace(orders, server, `"/v1"`, 1), "no absolute http or https URL"},
		"a server with a password": {strings.Replace(orders, server, `"https://me:pw@example.com"`, 1), "no absolute http or https URL"},
		"nothing that is a tool": {
			`{"openapi":"3.0.0","info":{"title":"t","version":"1"},"servers":[{"url":"http://h.example"}],"paths":{"/x":{"get":{"responses":{"200":{"description":"ok"}}}}}}`,
			"GET /x has no operationId",
		},
	} {
		if _, err := openapi.Load([]byte(c.document), openapi.Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q in it", name, err, c.want)
		}
	}
}

func TestArgumentsThatCannotBeSent(t *testing.T) {
	api := load(t, orders)
	for _, c := range []struct{ tool, input, argument string }{
		{"getOrder", `{}`, "id"},
		{"getOrder", `{"id":".."}`, "id"},
		{"getOrder", `{"id":""}`, "id"},
		{"getOrder", `{"id":"1","X-Trace":"a\r\nEvil: 1"}`, "X-Trace"},
		{"note", `{"body":{"no":"text"}}`, "body"},
	} {
		var args map[string]json.RawMessage
		if err := json.Unmarshal([]byte(c.input), &args); err != nil {
			t.Fatal(err)
		}
		_, err := find(t, api, c.tool).Request(t.Context(), args)
		var bad *openapi.InputError
		if !errors.As(err, &bad) || bad.Argument != c.argument {
			t.Errorf("%s(%s): %v", c.tool, c.input, err)
		}
	}
}

// A document that unfolds into more than anybody can read stays small.
func TestUnfoldingIsBounded(t *testing.T) {
	var schemas strings.Builder
	for i := range 40 {
		fmt.Fprintf(&schemas, `"S%d":{"type":"object","properties":{"a":{"$ref":"#/components/schemas/S%d"},"b":{"$ref":"#/components/schemas/S%d"}}},`, i, i+1, i+1)
	}
	document := `{"openapi":"3.0.0","info":{"title":"t","version":"1"},"servers":[{"url":"http://h.example"}],"paths":{"/":{"post":{"operationId":"op",
		"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/S0"}}}},"responses":{"200":{"description":"ok"}}}}},
		"components":{"schemas":{` + schemas.String() + `"S40":{"type":"string"}}}}`
	text, _ := json.Marshal(load(t, document).Tools[0].InputSchema)
	if len(text) > 1<<20 {
		t.Errorf("the input schema has %d bytes", len(text))
	}
}

// Whatever the argument, the request goes to the tool's own server and stays
// within the segment that the argument is for.
func TestAnArgumentCannotLeaveItsPlace(t *testing.T) {
	tool := find(t, load(t, orders), "getOrder")
	rapid.Check(t, func(t *rapid.T) {
		id, _ := json.Marshal(rapid.String().Draw(t, "id"))
		r, err := tool.Request(t.Context(), map[string]json.RawMessage{"id": id})
		if err != nil {
			return
		}
		if path := r.URL.EscapedPath(); r.URL.Host != "shop.example.com" || !strings.HasPrefix(path, "/v1/orders/") || strings.Count(path, "/") != 3 {
			t.Fatalf("%s leads to %s", id, r.URL)
		}
	})
}

// A server given for a target stands in place of the document's own.
func TestServerOfTheTarget(t *testing.T) {
	api, err := openapi.Load([]byte(orders), openapi.Options{Server: "http://127.0.0.1:8080/base/"})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := request(t, find(t, api, "getOrder"), `{"id":"1"}`); got != "GET http://127.0.0.1:8080/base/orders/1" {
		t.Error(got)
	}
}
