package op

import (
	"maps"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// routerOf makes a router over routes written "METHOD /path"; the name of each
// operation is that text.
func routerOf(routes ...string) *Router {
	table := &Table{API: &API{Name: "test"}}
	for _, r := range routes {
		method, path, _ := strings.Cut(r, " ")
		table.add(&Operation{API: table.API, Name: r, Method: method, Path: path})
	}
	return NewRouter(table)
}

var models = routerOf(
	"GET /models",
	"GET /models/{id}",
	"DELETE /models/{id}",
	"POST /models/import",
	"POST /models/{id}",
	"POST /models/{id}/invoke",
	"POST /models/{id}/invoke-stream",
	"POST /models/{id}/{part}",
	"GET /models/{id}/versions/{version}",
	"GET /models/{id}/versions/{version}/files",
	"GET /models/{id}/{kind}/latest",
	"GET /folders/",
	"GET /folders/{id}/",
	"GET /folders/{id}/files/",
)

func TestMatch(t *testing.T) {
	const arn = "arn:aws:bedrock:eu-west-1::foundation-model/v.m-1:0"
	for _, c := range []struct {
		about, method, path string
		want                string // the route, or empty for none
		labels              map[string]string
	}{
		{"no label", "GET", "/models", "GET /models", nil},
		{"a label", "GET", "/models/m", "GET /models/{id}", map[string]string{"id": "m"}},
		{"the method tells routes apart", "DELETE", "/models/m", "DELETE /models/{id}", map[string]string{"id": "m"}},
		{"no such method", "PUT", "/models/m", "", nil},
		{"methods have case", "get", "/models", "", nil},

		{"a raw colon", "POST", "/models/v.m-1:0/invoke", "POST /models/{id}/invoke", map[string]string{"id": "v.m-1:0"}},
		{"an escaped colon", "POST", "/models/v.m-1%3A0/invoke", "POST /models/{id}/invoke", map[string]string{"id": "v.m-1:0"}},
		{"lower-case escapes", "POST", "/models/v.m-1%3a0/invoke", "POST /models/{id}/invoke", map[string]string{"id": "v.m-1:0"}},
		{"an escaped ARN", "POST", "/models/arn%3Aaws%3Abedrock%3Aeu-west-1%3A%3Afoundation-model%2Fv.m-1%3A0/invoke", "POST /models/{id}/invoke", map[string]string{"id": arn}},
		{"an ARN with raw colons", "POST", "/models/arn:aws:bedrock:eu-west-1::foundation-model%2Fv.m-1:0/invoke", "POST /models/{id}/invoke", map[string]string{"id": arn}},
		{"a raw ARN", "POST", "/models/" + arn + "/invoke", "POST /models/{id}/invoke", map[string]string{"id": arn}},
		{"a raw ARN at the end", "GET", "/models/" + arn, "GET /models/{id}", map[string]string{"id": arn}},
		{"two raw ARNs", "GET", "/models/arn:a/b/c/versions/arn:d/e/files", "GET /models/{id}/versions/{version}/files", map[string]string{"id": "arn:a/b/c", "version": "arn:d/e"}},
		{"an escape is read once", "GET", "/models/a%252Fb", "GET /models/{id}", map[string]string{"id": "a%2Fb"}},
		{"a plus is a plus", "GET", "/models/a+b", "GET /models/{id}", map[string]string{"id": "a+b"}},

		{"an escaped slash parts nothing", "POST", "/models/m%2Finvoke", "POST /models/{id}", map[string]string{"id": "m/invoke"}},
		{"a literal is not unescaped", "POST", "/models/m/%69nvoke", "POST /models/{id}/{part}", map[string]string{"id": "m", "part": "invoke"}},
		{"a longer literal is another", "POST", "/models/m/invoke-stream", "POST /models/{id}/invoke-stream", map[string]string{"id": "m"}},

		{"a literal wins over a label", "POST", "/models/import", "POST /models/import", nil},
		{"more literals win", "POST", "/models/import/invoke", "POST /models/{id}/invoke", map[string]string{"id": "import"}},
		{"of as many, the one further left", "GET", "/models/m/versions/latest", "GET /models/{id}/versions/{version}", map[string]string{"id": "m", "version": "latest"}},
		{"one segment a label before several", "GET", "/models/m/versions/versions", "GET /models/{id}/versions/{version}", map[string]string{"id": "m", "version": "versions"}},
		{"the first place that a literal fits", "GET", "/models/a/versions/b/versions/c", "GET /models/{id}/versions/{version}", map[string]string{"id": "a", "version": "b/versions/c"}},

		{"a trailing slash", "GET", "/models/", "", nil},
		{"a trailing slash after a label", "GET", "/models/m/", "", nil},
		{"a pattern's own trailing slash", "GET", "/folders/", "GET /folders/", nil},
		{"a pattern's own trailing slash left out", "GET", "/folders", "", nil},
		{"a label before a trailing slash", "GET", "/folders/f/", "GET /folders/{id}/", map[string]string{"id": "f"}},
		{"a label before a trailing slash left out", "GET", "/folders/f", "", nil},
		{"a raw ARN before a trailing slash", "GET", "/folders/arn:a/b/files/", "GET /folders/{id}/files/", map[string]string{"id": "arn:a/b"}},
		{"two trailing slashes", "GET", "/folders//", "", nil},
		{"a doubled slash", "GET", "//models", "", nil},
		{"an empty label", "POST", "/models//invoke", "", nil},
		{"an empty segment in a raw ARN", "POST", "/models/arn:a//b/invoke", "", nil},
		{"nothing", "GET", "", "", nil},
		{"a slash", "GET", "/", "", nil},
		{"not rooted", "GET", "models", "", nil},
		{"the form of OPTIONS", "GET", "*", "", nil},
		{"too little", "GET", "/models/m/versions", "GET /models/{id}", map[string]string{"id": "m/versions"}},
		{"other case", "GET", "/Models", "", nil},
		{"a broken escape", "GET", "/models/%zz", "", nil},
		{"half an escape", "GET", "/models/a%2", "", nil},
		{"a broken escape in a raw ARN", "GET", "/models/arn:a/%", "", nil},
		{"dots are not resolved", "GET", "/x/../models", "", nil},
		{"braces mean nothing in a path", "GET", "/models/{id}", "GET /models/{id}", map[string]string{"id": "{id}"}},
	} {
		t.Run(c.about, func(t *testing.T) {
			got, labels := models.Match(c.method, c.path)
			switch {
			case got == nil && c.want != "":
				t.Fatalf("%s %s matches nothing, want %s", c.method, c.path, c.want)
			case got != nil && got.Name != c.want:
				t.Fatalf("%s %s is %s, want %q", c.method, c.path, got.Name, c.want)
			case !maps.Equal(labels, c.labels):
				t.Errorf("labels %q, want %q", labels, c.labels)
			}
		})
	}
}

// The names would sort the other way.
func TestLiteralFurtherLeftWins(t *testing.T) {
	table := &Table{API: &API{Name: "test"}}
	table.Complete([]Route{{"A", "GET", "/models/{id}/latest"}, {"B", "GET", "/models/first/{version}"}})
	if got, _ := NewRouter(table).Match("GET", "/models/first/latest"); got == nil || got.Name != "B" {
		t.Errorf("/models/first/latest is %+v, want B", got)
	}
}

func TestRouterLeavesQueryOperationsOut(t *testing.T) {
	table := &Table{API: &API{Name: "test", Protocol: Query}}
	table.Complete([]Route{{Name: "GetThing"}})
	if got, _ := NewRouter(table).Match("POST", "/"); got != nil {
		t.Errorf("POST / is %s: the Action tells query operations apart, not the route", got.Name)
	}
}

// Patterns with labels of any length are where a matcher can be made to try
// everything: these paths would keep one that tries all lengths of all labels
// busy for years.
func TestHostilePathsAreBounded(t *testing.T) {
	const segments = 100_000
	long := strings.Split(strings.Repeat("b/", segments)+"x", "/")
	for _, path := range []string{
		"/a/{1}/b/{2}/b/{3}/b/{4}/c",
		"/b/{1}/{2}/{3}/{4}/{5}/c",
		"/b/{1}/b/b/b/{2}/b/b/c/{3}",
	} {
		long[0] = pattern(path)[0].literal
		rt := &route{segments: pattern(path)}
		if rt.stretch(long) != nil {
			t.Errorf("%s matches a path without a c", path)
		}
		long[segments-1], long[segments] = "c", "c"
		if rt.stretch(long) == nil {
			t.Errorf("%s does not match a path that ends in c", path)
		}
		long[segments-1], long[segments] = "b", "x"
	}
}

func TestLongPathsMatchNothing(t *testing.T) {
	longest := "/models" + strings.Repeat("/a", maxSegments-1)
	if got, labels := models.Match("GET", longest); got == nil || len(labels["id"]) != 2*(maxSegments-1)-1 {
		t.Errorf("a path of %d segments is %v with labels %v", maxSegments, got, labels)
	}
	for _, more := range []string{"/a", strings.Repeat("/a", 5000), strings.Repeat("/", 100_000), strings.Repeat("/versions", 5000) + "/files"} {
		if got, _ := models.Match("GET", longest+more); got != nil {
			t.Errorf("a path of %d bytes is %s", len(longest+more), got.Name)
		}
	}
	// A path that is not split costs no memory, however long it is.
	hostile := "/models" + strings.Repeat("/versions", 100_000)
	if allocs := testing.AllocsPerRun(10, func() { models.Match("GET", hostile) }); allocs != 0 {
		t.Errorf("%v allocations for a path that is too long", allocs)
	}
}

// Labels of several segments match as regular expressions do whose groups take
// as little as possible.
func TestStretchIsAsARegularExpression(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		segments := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "{label}"}), 0, 6).Draw(t, "pattern")
		path := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 14).Draw(t, "path")
		rt := &route{segments: pattern("/" + strings.Join(append([]string{"a"}, segments...), "/"))}
		path = append([]string{"a"}, path...)

		expression := "^a"
		for _, s := range segments {
			if s == "{label}" {
				s = "([^/]+(?:/[^/]+)*?)"
			}
			expression += "/" + s
		}
		want := regexp.MustCompile(expression + "$").FindStringSubmatch(strings.Join(path, "/"))
		starts := rt.stretch(path)
		if (starts == nil) != (want == nil) {
			t.Fatalf("%v on %v: starts %v, regular expression %q", segments, path, starts, want)
		}
		if starts == nil {
			return
		}
		for n, group := len(starts)-1, len(want)-1; n >= 0; n-- {
			end := len(path)
			if n+1 < len(starts) {
				end = starts[n+1]
			}
			if rt.segments[n].label == "" {
				continue
			}
			if got := strings.Join(path[starts[n]:end], "/"); got != want[group] {
				t.Fatalf("%v on %v: segment %d is %q, want %q", segments, path, n, got, want[group])
			}
			group--
		}
	})
}

func FuzzMatch(f *testing.F) {
	for _, path := range []string{"/models/m", "/models/arn:a/b/versions/1/files", "/models//", "/models/%2F/%zz", "*"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		for _, method := range []string{"GET", "POST"} {
			got, labels := models.Match(method, path)
			if got == nil {
				continue
			}
			if got.Method != method || len(labels) != strings.Count(got.Path, "{") {
				t.Errorf("%s %q is %s with labels %q", method, path, got.Name, labels)
			}
			for name, value := range labels {
				if value == "" {
					t.Errorf("%s %q: label %s is empty", method, path, name)
				}
			}
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	for _, c := range []struct{ name, method, path string }{
		{"label", "POST", "/models/us.vendor.model-v1%3A0/invoke"},
		{"rawARN", "POST", "/models/arn:aws:bedrock:eu-west-1::foundation-model/v.m-1:0/invoke"},
		{"none", "GET", "/nothing/here"},
		{"hostile", "GET", "/models" + strings.Repeat("/versions", maxSegments-1)},
		{"tooLong", "GET", "/models" + strings.Repeat("/versions", 5000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				models.Match(c.method, c.path)
			}
		})
	}
}
