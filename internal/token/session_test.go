package token

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hardpan/internal/seal"
)

var issued = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func newBox(t testing.TB) *seal.Box {
	t.Helper()
	box, _, err := seal.Create(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func fullSession() *Session {
	return &Session{
		AccessKeyID: "ASIAEXAMPLE000000001", Account: "123456789012", Partition: "aws", Kind: AssumedRole,
		PrincipalARN: "arn:aws:iam::123456789012:role/Engineer", PrincipalID: "AROAEXAMPLE00000000000", Name: "foo@example.com",
		Tags: []Tag{{"UserEmail", "foo@example.com"}}, Transitive: []string{"UserEmail"},
		Policy: `{"Version":"2012-10-17","Statement":[]}`, PolicyARNs: []string{"arn:aws:iam::aws:policy/AmazonBedrockReadOnly"},
		SourceIdentity: "foo", Ancestors: []string{"arn:aws:iam::123456789012:user/foo"}, HomeRegion: "eu-west-1",
		Issued: issued, Expires: issued.Add(time.Hour),
	}
}

func TestMintedCredentialsOpenAgain(t *testing.T) {
	box := newBox(t)
	c, err := Mint(box, fullSession())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.SecretAccessKey.Reveal()); n != 40 {
		t.Errorf("secret access key has %d characters", n)
	}
	got, secret, err := Open(box, c.SessionToken.Reveal(), c.AccessKeyID, issued.Add(time.Hour-time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fullSession(), got); diff != "" {
		t.Error(diff)
	}
	if secret.Reveal() != c.SecretAccessKey.Reveal() {
		t.Error("the derived secret differs from the one handed out")
	}
	if again, _ := Mint(box, fullSession()); again.SecretAccessKey.Reveal() == secret.Reveal() {
		t.Error("two tokens of one key id share a secret")
	}
}

func TestOpenRefuses(t *testing.T) {
	box := newBox(t)
	c, err := Mint(box, fullSession())
	if err != nil {
		t.Fatal(err)
	}
	text, id := c.SessionToken.Reveal(), c.AccessKeyID
	for name, tt := range map[string]struct {
		box      Box
		text, id string
		want     error
	}{
		"another key id":     {box, text, "ASIAEXAMPLE000000002", ErrInvalid},
		"another keyset":     {newBox(t), text, id, ErrInvalid},
		"truncated":          {box, text[:len(text)-4], id, ErrInvalid},
		"no version":         {box, strings.TrimPrefix(text, prefix), id, ErrInvalid},
		"another version":    {box, "hps2." + strings.TrimPrefix(text, prefix), id, ErrInvalid},
		"not base64":         {box, prefix + "!!!", id, ErrInvalid},
		"empty":              {box, "", id, ErrInvalid},
		"larger than any":    {box, prefix + strings.Repeat("A", MaxTokenBytes), id, ErrInvalid},
		"a field unheard of": {box, sealRaw(t, box, id, `"zz":1`), id, ErrInvalid},
		"good":               {box, text, id, nil},
	} {
		if _, _, err := Open(tt.box, tt.text, tt.id, issued); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, secret, err := Open(box, text, id, issued.Add(time.Hour))
	if !errors.Is(err, ErrExpired) || s == nil || !secret.IsZero() {
		t.Errorf("expired: session %v, secret given %v, %v", s != nil, !secret.IsZero(), err)
	}
}

// sealRaw makes a token as a newer version might, with one more field.
func sealRaw(t *testing.T, box Box, id, field string) string {
	plain, err := json.Marshal(fullSession().seal(make([]byte, nonceBytes)))
	if err != nil {
		t.Fatal(err)
	}
	plain = append(append(plain[:len(plain)-1], ","+field...), '}')
	sealed, err := box.Seal(plain, bind(id))
	if err != nil {
		t.Fatal(err)
	}
	return prefix + encoding.EncodeToString(sealed)
}

func TestAnyAlteredCharacterIsRefused(t *testing.T) {
	box := newBox(t)
	c, err := Mint(box, fullSession())
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(c.SessionToken.Reveal())
		i := rapid.IntRange(0, len(text)-1).Draw(t, "position")
		to := rapid.SampledFrom([]byte("ABab09-_.=")).Draw(t, "character")
		if text[i] == to {
			return
		}
		text[i] = to
		if _, _, err := Open(box, string(text), c.AccessKeyID, issued); !errors.Is(err, ErrInvalid) {
			t.Fatalf("altered at %d: %v", i, err)
		}
	})
}

func TestMintRefusesSessionsThatMakeNoSense(t *testing.T) {
	box := newBox(t)
	for name, spoil := range map[string]func(*Session){
		"long-term id": func(s *Session) { s.AccessKeyID = "AKIAEXAMPLE000000001" },
		"no account":   func(s *Session) { s.Account = "" },
		"no principal": func(s *Session) { s.PrincipalID = "" },
		"kind":         func(s *Session) { s.Kind = "" },
		"no time":      func(s *Session) { s.Expires = s.Issued },
		"too large":    func(s *Session) { s.Policy = strings.Repeat("x", MaxTokenBytes) },
	} {
		s := fullSession()
		spoil(s)
		if _, err := Mint(box, s); err == nil || errors.Is(err, ErrTooLarge) != (name == "too large") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	box := newBox(b)
	c, err := Mint(box, fullSession())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Open(box, c.SessionToken.Reveal(), c.AccessKeyID, issued); err != nil {
			b.Fatal(err)
		}
	}
}
