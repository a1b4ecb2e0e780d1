package cloudtrail

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hardpan/internal/audit"
	"hardpan/internal/bodies"
)

func TestTheBodiesOfAnInvocation(t *testing.T) {
	long := bodies.Of("", make([]byte, bodies.Inline+1))
	for want, call := range map[string]*bodies.Call{
		`"input":{"inputContentType":"application/json","inputBodyJson":{"a":1},"inputTokenCount":0},` +
			`"output":{"outputContentType":"text/plain","outputBodyJson":"hi","outputTokenCount":0}`: {
			Request: bodies.Of("", []byte(`{"a":1}`)), Answer: new(bodies.Of("text/plain", []byte("hi"))),
		},
		`"input":{"inputContentType":"application/json","inputBodyOmitted":"larger than 100 KB","inputTokenCount":0},` +
			`"output":{"outputContentType":"application/json","outputBodyOmitted":"larger than 100 KB","outputTokenCount":0}`: {Request: long, Answer: &long},
		`"inputBodyJson":{},"inputTokenCount":0},"output":{"outputContentType":"application/json","outputTokenCount":0}`: {Request: bodies.Of("", []byte("{}"))},
		`"input":{"inputContentType":"application/json","inputBodyOmitted":"not kept","inputTokenCount":0},` +
			`"output":{"outputContentType":"application/json","outputBodyOmitted":"not kept","outputTokenCount":0}`: nil,
	} {
		e := event("e", epoch)
		e.UsedModel = "m"
		i := InvocationOf(e)
		if call == nil {
			i.AddBodies(bodies.Call{}, false)
		} else {
			i.AddBodies(*call, true)
		}
		if got, err := json.Marshal(i); err != nil || !strings.Contains(string(got), want) {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}

// Bodies stay on the shelf as long as their record is in no file.
func TestBodiesWaitForADiskThatIsFull(t *testing.T) {
	data, j := journal(t)
	dir := filepath.Join(t.TempDir(), "trail")
	shelf := bodies.NewShelf(bodies.Room)
	trail := open(t, dir, data)
	trail.Wrote = shelf.Forget
	trail.record = func(e *audit.Event) any {
		i := InvocationOf(e)
		i.AddBodies(shelf.Read(e.ID))
		return i
	}
	e := event("e", epoch)
	e.UsedModel = "m"
	shelf.Put(e.ID, bodies.Call{Request: bodies.Of("", []byte(`{"kept":true}`))})
	write(t, j, e)
	if err := os.Rename(dir, dir+"-away"); err != nil {
		t.Fatal(err)
	}
	if trail.CatchUp() == nil {
		t.Fatal("a record is written into a folder that is gone")
	}
	if err := os.Rename(dir+"-away", dir); err != nil {
		t.Fatal(err)
	}
	if err := trail.CatchUp(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(trail.path(trail.at.File))
	if err != nil || strings.Count(string(text), `"inputBodyJson":{"kept":true}`) != 1 {
		t.Errorf("%s, %v", text, err)
	}
	if _, ok := shelf.Read(e.ID); ok {
		t.Error("what was written is still on the shelf")
	}
}
