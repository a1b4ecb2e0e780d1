package op

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	"pgregory.net/rapid"

	"hardpan/internal/awserr"
	"hardpan/policy/condition"
)

type PutThingInput struct{ ThingName *string }

type PutThingOutput struct{ Arn *string }

// things is a service with one operation; it counts the calls carried out.
type things struct{ done int }

func (s *things) putThing(_ context.Context, _ *Call, in *PutThingInput) (*PutThingOutput, error) {
	s.done++
	arn := "arn:" + *in.ThingName
	return &PutThingOutput{Arn: &arn}, nil
}

func (s *things) fail(context.Context, *Call, *PutThingInput) (*PutThingOutput, error) {
	return nil, awserr.NotFound("no such thing")
}

func newTable() *Table {
	return &Table{API: &API{Name: "things", Title: "Things", Protocol: Query, Namespace: "https://things/"}}
}

func newCall() *Call {
	keys := condition.NewContext(nil)
	keys.Set("aws:username", "principal", "eve")
	return &Call{ID: "id", Region: "eu-west-1", Keys: keys, Form: url.Values{"ThingName": {"t"}}}
}

func rule() Rule[PutThingInput] {
	return Rule[PutThingInput]{Action: "things:PutThing", Access: Write}
}

func TestAddDeclares(t *testing.T) {
	table := newTable()
	r := rule()
	r.NoBearer = true
	o := Add(table, (*things).putThing, r)
	if table.Find("PutThing") != o || !o.Built() || o.API != table.API {
		t.Errorf("the operation is not in its table by its input's name: %+v", o)
	}
	if o.Action != "things:PutThing" || o.Access != Write || !o.NoBearer || o.Method != http.MethodPost || o.Path != "/" {
		t.Errorf("declared as %+v", o)
	}
}

// The checks come out before any work is done: the door decides in between.
func TestPrepareNamesTheChecksAndRunDoesTheWork(t *testing.T) {
	o := Add(newTable(), (*things).putThing, rule())
	service := &things{}
	prepared, err := o.Prepare(t.Context(), service, newCall())
	if err != nil {
		t.Fatal(err)
	}
	if service.done != 0 {
		t.Error("the handler ran before the checks were evaluated")
	}
	if len(prepared.Checks) != 1 || prepared.Checks[0].Action != "things:PutThing" || prepared.Checks[0].Resource != "*" {
		t.Errorf("checks %+v, want the action on *", prepared.Checks)
	}
	answer, err := prepared.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if service.done != 1 || answer.Status != http.StatusOK || !strings.Contains(string(answer.Body), "<Arn>arn:t</Arn>") {
		t.Errorf("%d calls, answer %d %s", service.done, answer.Status, answer.Body)
	}
}

func TestErrorsComeThrough(t *testing.T) {
	r := rule()
	r.Resources = func(*Call, *PutThingInput) ([]string, error) { return nil, awserr.Validation("a bad name") }
	if _, err := Add(newTable(), (*things).putThing, r).Prepare(t.Context(), &things{}, newCall()); awserr.From(err).Message != "a bad name" {
		t.Errorf("the rule's error became %v", err)
	}
	r.Resources, r.Checks = nil, func(*Call, *PutThingInput) ([]Check, error) { return nil, awserr.Validation("no such role") }
	if _, err := Add(newTable(), (*things).putThing, r).Prepare(t.Context(), &things{}, newCall()); awserr.From(err).Message != "no such role" {
		t.Errorf("the error of Checks became %v", err)
	}
	prepared, err := Add(newTable(), (*things).fail, rule()).Prepare(t.Context(), &things{}, newCall())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := prepared.Run(t.Context()); awserr.From(err).Message != "no such thing" {
		t.Errorf("the handler's error became %v", err)
	}
}

func TestPublicNeedsNothing(t *testing.T) {
	r := Rule[PutThingInput]{Public: "everyone may know who they are"}
	prepared, err := Add(newTable(), (*things).putThing, r).Prepare(t.Context(), &things{}, newCall())
	if err != nil || len(prepared.Checks) != 0 {
		t.Errorf("%+v, %v: want no checks", prepared, err)
	}
}

// A rule that names nothing to check would let everyone in.
func TestNoChecksIsNoPermission(t *testing.T) {
	none := rule()
	none.Resources = func(*Call, *PutThingInput) ([]string, error) { return nil, nil }
	empty := rule()
	empty.Checks = func(*Call, *PutThingInput) ([]Check, error) { return nil, nil }
	plan := func(*things, *Call) (*Prepared, error) { return &Prepared{}, nil }
	for about, o := range map[string]*Operation{
		"no resources": Add(newTable(), (*things).putThing, none),
		"no checks":    Add(newTable(), (*things).putThing, empty),
		"a raw plan":   AddRaw(newTable(), "PutThing", plan, Rule[Raw]{Action: "things:PutThing"}),
	} {
		prepared, err := o.Prepare(t.Context(), &things{}, newCall())
		if prepared != nil || err == nil || awserr.From(err).Status != http.StatusInternalServerError {
			t.Errorf("%s: prepared %v, error %v, want a 500", about, prepared, err)
		}
	}
}

func TestAddRawKeepsItsPlan(t *testing.T) {
	want := []Check{{Action: "things:Do", Resource: "arn:a"}, {Action: "things:Do", Resource: "arn:b"}}
	table := newTable()
	o := AddRaw(table, "DoThing", func(s *things, c *Call) (*Prepared, error) {
		if c.ID != "id" {
			return nil, errors.New("another call")
		}
		return &Prepared{Checks: want, Run: func(context.Context) (*Response, error) {
			s.done++
			return &Response{Status: http.StatusAccepted}, nil
		}}, nil
	}, Rule[Raw]{Action: "things:Do", Access: Read})
	service := &things{}
	prepared, err := o.Prepare(t.Context(), service, newCall())
	if err != nil || !slices.Equal(prepared.Checks, want) || service.done != 0 {
		t.Fatalf("prepared %+v, error %v, %d calls", prepared, err, service.done)
	}
	if answer, err := prepared.Run(t.Context()); err != nil || answer.Status != http.StatusAccepted || service.done != 1 {
		t.Errorf("answer %+v, error %v, %d calls", answer, err, service.done)
	}
	if table.Find("DoThing") != o {
		t.Error("the operation is not in its table")
	}
}

// All resources are checked, in order, with the request's keys above the
// caller's, which stay as they were.
func TestChecksOfARule(t *testing.T) {
	text := rapid.StringMatching(`[a-z:/*]{1,8}`)
	rapid.Check(t, func(t *rapid.T) {
		resources := rapid.SliceOfN(text, 1, 6).Draw(t, "resources")
		keys := rapid.MapOfN(rapid.StringMatching(`[a-z]{1,6}:[a-z]{1,6}`), rapid.SliceOfN(text, 0, 3), 0, 4).Draw(t, "keys")
		unnamed := rapid.Bool().Draw(t, "unnamed")
		c := newCall()
		before := count(c.Keys)
		r := Rule[PutThingInput]{
			Action: "things:PutThing", Unnamed: unnamed,
			Resources: func(*Call, *PutThingInput) ([]string, error) { return resources, nil },
			Keys: func(_ *Call, _ *PutThingInput, set SetKey) {
				for key, values := range keys {
					set(key, values...)
				}
			},
		}
		checks, err := r.checks(c, &PutThingInput{})
		if err != nil || len(checks) != len(resources) {
			t.Fatalf("%d checks for %d resources, error %v", len(checks), len(resources), err)
		}
		for i, check := range checks {
			if check.Action != r.Action || check.Resource != resources[i] || check.Region != c.Region || check.Unnamed != unnamed {
				t.Fatalf("check %d is %+v", i, check)
			}
			if name, ok := check.Keys.Get("aws:username"); !ok || name[0] != "eve" {
				t.Fatalf("the caller's keys are gone: %q", name)
			}
			for key, want := range keys {
				if got, ok := check.Keys.Get(key); ok != (len(want) > 0) || !slices.Equal(got, want) {
					t.Fatalf("key %s is %q, want %q", key, got, want)
				}
			}
		}
		if after := count(c.Keys); after != before {
			t.Fatalf("the call's own keys went from %d to %d", before, after)
		}
	})
}

func count(keys *condition.Context) (n int) {
	for range keys.All() {
		n++
	}
	return n
}

func TestDeclarationsThatPanic(t *testing.T) {
	for about, declare := range map[string]func(){
		"neither action nor reason": func() { Add(newTable(), (*things).putThing, Rule[PutThingInput]{}) },
		"declared twice": func() {
			table := newTable()
			Add(table, (*things).putThing, rule())
			Add(table, (*things).putThing, rule())
		},
		"a schema without a route": func() {
			r := rule()
			shape := smithy.NewSchema(smithy.ShapeID{Name: "PutThing"}, smithy.ShapeTypeOperation, 0)
			r.Schema = smithy.NewOperationSchema(shape, shape, shape)
			Add(newTable(), (*things).putThing, r)
		},
		"another route than AWS's": func() {
			table := newTable()
			Add(table, (*things).putThing, rule())
			table.Complete([]Route{{"PutThing", "PUT", "/things"}})
		},
	} {
		t.Run(about, func(t *testing.T) {
			defer func() {
				if said, _ := recover().(string); !strings.HasPrefix(said, "op: ") {
					t.Errorf("panic %q, want one that says what is wrong", said)
				}
			}()
			declare()
		})
	}
}

func TestComplete(t *testing.T) {
	table := newTable()
	o := Add(table, (*things).putThing, rule())
	routes := []Route{{Name: "PutThing"}, {Name: "GetThing"}, {Name: "DropThing", Method: "DELETE", Path: "/things/{id}"}}
	for range 2 { // again is as once
		if table.Complete(routes) != table {
			t.Error("Complete does not return its table")
		}
	}
	if table.Find("PutThing") != o {
		t.Error("a built operation was replaced")
	}
	got := map[string]string{}
	for _, o := range table.Operations() {
		got[o.Name] = o.Method + " " + o.Path
	}
	if want := map[string]string{"PutThing": "POST /", "GetThing": "POST /", "DropThing": "DELETE /things/{id}"}; !maps.Equal(got, want) {
		t.Errorf("operations %v, want %v", got, want)
	}
	get := table.Find("GetThing")
	_, err := get.Prepare(t.Context(), &things{}, newCall())
	e := awserr.From(err)
	if get.Built() || e.Code != "NotImplemented" || e.Status != http.StatusNotImplemented || !strings.Contains(e.Message, "GetThing of Things") {
		t.Errorf("an unbuilt operation answers %v", err)
	}
}

// Many ask for a table at once, and all get the whole of it.
func TestCompleteIsSafeForMany(t *testing.T) {
	table := newTable()
	done := make(chan int)
	for range 8 {
		go func() { done <- len(table.Complete([]Route{{Name: "A"}, {Name: "B"}}).Operations()) }()
	}
	for range 8 {
		if got := <-done; got != 2 {
			t.Errorf("%d operations, want 2", got)
		}
	}
}

func TestProtocolsWordErrors(t *testing.T) {
	e := awserr.Validation("a bad name")
	for protocol, want := range map[Protocol]string{Query: "<Message>a bad name</Message>", RestJSON: `"message":"a bad name"`} {
		api := &API{Protocol: protocol}
		if got := api.Error("id", e); got.Status != http.StatusBadRequest || !strings.Contains(string(got.Body), want) {
			t.Errorf("protocol %d answers %d %s, want %s", protocol, got.Status, got.Body, want)
		}
	}
}
