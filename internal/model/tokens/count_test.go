package tokens

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCount(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "Hello, world!": 4, "tokenization": 2} {
		if n, err := Count(context.Background(), text); err != nil || n != want {
			t.Errorf("%q: %d tokens, %v, want %d", text, n, err, want)
		}
	}
	for _, text := range []string{"東京は日本の首都です。", strings.Repeat(" ", 100_000), strings.Repeat("あ", 50_000), strings.Repeat("x", 100_000), "\xff\xfe\x00"} {
		n, err := Count(context.Background(), text)
		if err != nil || n < 1 || n > int64(len(text)) {
			t.Errorf("%.10q…: %d tokens for %d bytes, %v", text, n, len(text), err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Count(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestPartsJoinToTheText(t *testing.T) {
	for _, text := range []string{strings.Repeat("hello world ", 9000), strings.Repeat("長", 40_000), strings.Repeat("a", 70_000), strings.Repeat("\x80", 70_000)} {
		var joined strings.Builder
		for rest := text; rest != ""; {
			var part string
			part, rest = cutPart(rest)
			if part == "" || len(part) > tokenizedAtOnce || utf8.ValidString(text) && !utf8.ValidString(part) {
				t.Fatalf("a part of %d bytes", len(part))
			}
			joined.WriteString(part)
		}
		if joined.String() != text {
			t.Errorf("%.10q… is changed", text)
		}
	}
}

func TestKeep(t *testing.T) {
	text := "東京は日本の首都です。 Tokyo is the capital."
	_, all, _ := Keep(text, 1<<62)
	for limit := range all {
		kept, n, cut := Keep(text, limit)
		if !cut || n != limit || !utf8.ValidString(kept) || !strings.HasPrefix(text, kept) {
			t.Errorf("%d tokens: %q %d %v", limit, kept, n, cut)
		}
	}
	if kept, n, cut := Keep(text, all); cut || n != all || kept != text {
		t.Errorf("all tokens: %q %d %v", kept, n, cut)
	}
}
