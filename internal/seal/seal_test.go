package seal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hardpan/internal/seal"
)

func create(t *testing.T) (seal.Key, *seal.Box, []byte) {
	t.Helper()
	key := seal.NewKey()
	box, wrapped, err := seal.Create(key)
	if err != nil {
		t.Fatal(err)
	}
	return key, box, wrapped
}

func TestASealedValueOpensAfterReopening(t *testing.T) {
	key, box, wrapped := create(t)
	row := seal.Row("123456789012", "access-key", "AKIAEXAMPLE")
	sealed, err := box.Seal([]byte("the secret"), row)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := seal.ParseKey(key.Text() + "\n")
	if err != nil {
		t.Fatal(err)
	}
	again, err := seal.Open(parsed, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := again.Open(sealed, row)
	if err != nil || string(plain) != "the secret" {
		t.Fatalf("got %q, %v", plain, err)
	}
	if again.KeyID() != key.ID() {
		t.Fatalf("key id %s, want %s", again.KeyID(), key.ID())
	}
}

func TestASealedValueIsBoundToItsRow(t *testing.T) {
	_, box, _ := create(t)
	sealed, err := box.Seal([]byte("s"), seal.Row("1", "access-key", "A"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := box.Open(sealed, seal.Row("1", "access-key", "B")); !errors.Is(err, seal.ErrOpen) {
		t.Fatalf("opened for another row: %v", err)
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := box.Open(sealed, seal.Row("1", "access-key", "A")); !errors.Is(err, seal.ErrOpen) {
		t.Fatalf("opened an altered value: %v", err)
	}
}

func TestTheWrongKeyIsNamed(t *testing.T) {
	key, _, wrapped := create(t)
	other := seal.NewKey()
	_, err := seal.Open(other, wrapped)
	if !errors.Is(err, seal.ErrWrongKey) || !strings.Contains(err.Error(), key.ID()) || !strings.Contains(err.Error(), other.ID()) {
		t.Fatalf("got %v", err)
	}
}

func TestADamagedKeysetIsNotTakenForAWrongKey(t *testing.T) {
	key, _, text := create(t)
	var w map[string]any
	if err := json.Unmarshal(text, &w); err != nil {
		t.Fatal(err)
	}
	w["aead"], w["prf"] = w["prf"], w["aead"] // each is bound to its purpose
	swapped, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(key, swapped); err == nil || errors.Is(err, seal.ErrWrongKey) {
		t.Fatalf("got %v", err)
	}
	if _, err := seal.Open(key, []byte(`{"version":2}`)); err == nil || !strings.Contains(err.Error(), "format 2") {
		t.Fatalf("got %v", err)
	}
}

func TestAnotherMasterKeyWrapsTheSameKeyset(t *testing.T) {
	old, box, wrapped := create(t)
	sealed, err := box.Seal([]byte("kept"), nil)
	if err != nil {
		t.Fatal(err)
	}
	next := seal.NewKey()
	rewrapped, err := box.Wrap(next)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(old, rewrapped); !errors.Is(err, seal.ErrWrongKey) {
		t.Fatalf("the old key still opens: %v", err)
	}
	again, err := seal.Open(next, rewrapped)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open(sealed, nil); err != nil || string(plain) != "kept" {
		t.Fatalf("got %q, %v", plain, err)
	}
	if bytes.Equal(wrapped, rewrapped) {
		t.Fatal("wrapping with another key changed nothing")
	}
}

func derive(t *testing.T, b *seal.Box, label, data string) []byte {
	t.Helper()
	out, err := b.Derive(label, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDeriveIsStableAndSeparatesLabels(t *testing.T) {
	key, box, wrapped := create(t)
	again, err := seal.Open(key, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	first := derive(t, box, "session", "ASIA1")
	if !bytes.Equal(first, derive(t, again, "session", "ASIA1")) {
		t.Fatal("two boxes of one keyset derive differently")
	}
	for _, other := range [][2]string{{"session", "ASIA2"}, {"sessionA", "SIA1"}, {"other", "ASIA1"}} {
		if bytes.Equal(first, derive(t, box, other[0], other[1])) {
			t.Fatalf("%v derives the same secret", other)
		}
	}
	_, stranger, _ := create(t)
	if bytes.Equal(first, derive(t, stranger, "session", "ASIA1")) {
		t.Fatal("two keysets derive the same secret")
	}
}

func TestNoPrinterRevealsTheKey(t *testing.T) {
	key := seal.NewKey()
	js, err := json.Marshal(map[string]any{"key": key, "pointer": &key})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", key)
	raw := fmt.Sprintf("%x", []byte(key.Text()))
	shown := fmt.Sprintf("%v %+v %#v %s %q %x %d %v", key, key, key, key, key, key, key, struct{ K seal.Key }{key}) + string(js) + log.String()
	if strings.Contains(shown, key.Text()) || strings.Contains(shown, raw) || !strings.Contains(shown, "[redacted]") {
		t.Fatalf("revealed: %s", shown)
	}
}

func TestParseKeyRefusesWithoutRepeating(t *testing.T) {
	for _, text := range []string{"", "c2hvcnQ=", "not base64 !secret!"} {
		_, err := seal.ParseKey(text)
		if err == nil {
			t.Fatalf("%q accepted", text)
		}
		if text != "" && strings.Contains(err.Error(), text) {
			t.Fatalf("the error repeats the text: %v", err)
		}
	}
}

func TestRowsAreInjective(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.String())
		a, b := parts.Draw(t, "a"), parts.Draw(t, "b")
		if fmt.Sprintf("%q", a) != fmt.Sprintf("%q", b) && bytes.Equal(seal.Row(a...), seal.Row(b...)) {
			t.Fatalf("%q and %q share a row", a, b)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	box, _, err := seal.Create(seal.NewKey())
	if err != nil {
		b.Fatal(err)
	}
	row := seal.Row("123456789012", "access-key", "AKIAEXAMPLE")
	sealed, err := box.Seal(make([]byte, 40), row)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := box.Open(sealed, row); err != nil {
			b.Fatal(err)
		}
	}
}
