package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

// A step that does not go as the story says shows what was expected and what
// came, and the story as a whole has failed.
func TestStageTellsWhatWentWrong(t *testing.T) {
	var out bytes.Buffer
	p := &program{streams: streams{out: &out}}
	s := &stage{program: p, st: p.stylesFor(&out)}
	s.open("A story")
	good := s.play(t.Context(), step{"It goes well", func(context.Context) error { s.right("as expected"); return nil }, []string{"one \\\n  --flag", "two"}})
	bad := s.play(t.Context(), step{"It does not", func(context.Context) error { return unlike("the answer", "yes", "no") }, nil})
	if !good || bad {
		t.Errorf("the good step counts as %t, the bad one as %t", good, bad)
	}
	if s.close() {
		t.Error("the story counts as told")
	}
	want := `
A story
` + strings.Repeat("─", pageWidth) + `

 1  It goes well
    $ one \
        --flag
    $ two
    ✓ as expected

 2  It does not
    ✗ the answer is not as the story says
      expected: yes
      came: no

✗ 1 of 2 steps did not go as the story says
`
	if out.String() != want {
		t.Errorf("printed %s\nwant %s", out.String(), want)
	}
}

// A server that does not start is an error that holds what it said, and leaves
// no process behind.
func TestServerThatDoesNotStart(t *testing.T) {
	folder := t.TempDir()
	p := &program{}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("nobody waits any more"))
	s, err := p.startServer(ctx, folder)
	if err == nil {
		t.Fatalf("it runs at %s", s.endpoint)
	}
	if !strings.Contains(err.Error(), "starting a server") {
		t.Errorf("got %v", err)
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	var kept tail
	for range 3 {
		if _, err := kept.Write(bytes.Repeat([]byte("x"), maxTail)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := kept.Write([]byte("the end\n")); err != nil {
		t.Fatal(err)
	}
	if got := kept.String(); len(got) > maxTail || !strings.HasSuffix(got, "xthe end") {
		t.Errorf("kept %d bytes that end with %q", len(got), got[max(0, len(got)-10):])
	}
}

func TestWrapAndInset(t *testing.T) {
	var out bytes.Buffer
	p := &program{}
	within := p.stylesFor(&out).inset(4)
	within.hanging("  - ", within.faint, strings.Repeat("word ", 18)+"\n\nhttps://example.com/"+strings.Repeat("long", 30))
	for i, line := range strings.Split(strings.TrimRight(out.String(), "\n"), "\n") {
		if line != "" && !strings.HasPrefix(line, "    ") {
			t.Errorf("line %d is not inset: %q", i, line)
		}
		if len(line) > pageWidth && !strings.Contains(line, "https://") {
			t.Errorf("line %d has %d columns", i, len(line))
		}
	}
	if got, want := wrap("a b  c", 3), "a b\nc"; got != want {
		t.Errorf("wrap made %q, want %q", got, want)
	}
}
