package builtin

import (
	"strings"
	"testing"
)

func TestPiecesJoinToTheText(t *testing.T) {
	for _, text := range []string{"", "hello world", strings.Repeat("hello world ", 900), strings.Repeat("長", 4000), strings.Repeat("\x80", 700)} {
		if strings.Join(pieces(text), "") != text {
			t.Errorf("%.10q… is changed by pieces", text)
		}
	}
}
