package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestSecretsNeverPrint prints everything that holds a secret, in every way that
// a log, an error or a panic would.
func TestSecretsNeverPrint(t *testing.T) {
	box := newBox(t)
	c, err := Mint(box, fullSession())
	if err != nil {
		t.Fatal(err)
	}
	key, _ := MakeAPIKey("BedrockAPIKey-x1y2-at-123456789012")
	short := generate(t, "eu-west-1", "43200", "a-session-token", "secret")
	k, err := ParseShortTerm(short)
	if err != nil {
		t.Fatal(err)
	}
	signature := k.Request.URL.Query().Get("X-Amz-Signature")
	secrets := []string{c.SecretAccessKey.Reveal(), c.SessionToken.Reveal(), key.Reveal(), signature, "a-session-token"}
	type hidden struct{ inside Secret }
	for _, v := range []any{c, *c, c.SecretAccessKey, &c.SessionToken, key, k, hidden{key}, &hidden{key}, []Secret{key}, map[string]Secret{"k": key}} {
		for _, text := range printed(t, v) {
			for _, s := range secrets {
				if s == "" || strings.Contains(text, s) {
					t.Errorf("%T printed a secret", v)
				}
			}
		}
	}
}

func printed(t *testing.T, v any) []string {
	var out []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p"} {
		out = append(out, fmt.Sprintf(verb, v))
	}
	j, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", v)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", v)
	return append(out, string(j), log.String(), fmt.Errorf("wrapping %v", v).Error())
}

func TestZeroSecret(t *testing.T) {
	var s Secret
	if !s.IsZero() || s.Reveal() != "" || s.String() != redacted {
		t.Error("the zero secret is not empty")
	}
}

func TestKeyErrorsSayWhatAWSSays(t *testing.T) {
	err := invalidKey("why")
	var e *KeyError
	if !errors.As(err, &e) || e.Message != "Authentication failed: Please make sure your API Key is valid." || errors.Is(err, ErrKeyExpired) {
		t.Error(err)
	}
}
