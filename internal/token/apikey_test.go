package token

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"pgregory.net/rapid"

	"hardpan/internal/sigv4"
)

func TestLongTermKeysComeApartAgain(t *testing.T) {
	const alias = "BedrockAPIKey-x1y2-at-123456789012"
	text, hash := MakeAPIKey(alias)
	// What public secret scanners look for, and AWS's own length.
	if key := text.Reveal(); !strings.HasPrefix(key, "ABSKQmVkcm9ja0FQSUtleS") || len(key) != 132 {
		t.Errorf("key of %d characters without the known beginning", len(key))
	}
	gotAlias, gotHash, err := ParseAPIKey(text.Reveal())
	if err != nil || gotAlias != alias || !SameHash(gotHash, hash) {
		t.Errorf("alias %q, same hash %v, %v", gotAlias, SameHash(gotHash, hash), err)
	}
	other, otherHash := MakeAPIKey(alias)
	if other.Reveal() == text.Reveal() || SameHash(hash, otherHash) {
		t.Error("two keys are alike")
	}
	if _, _, err := ParseAPIKey(strings.TrimRight(text.Reveal(), "=")); err != nil {
		t.Errorf("without padding: %v", err)
	}
}

func TestMalformedKeysAreRefused(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString
	for text, want := range map[string]error{
		"":                              ErrKeyPrefix,
		"sk-123":                        ErrKeyPrefix,
		"ABSK":                          ErrKeyInvalid,
		"ABSK!!!":                       ErrKeyInvalid,
		"ABSK" + b64([]byte("nocolon")): ErrKeyInvalid,
		"ABSK" + b64([]byte(":secret")): ErrKeyInvalid,
		"ABSK" + b64([]byte("alias:")):  ErrKeyInvalid,
		"ABSK" + strings.Repeat("A", maxKeyBytes+4): ErrKeyInvalid,
	} {
		if _, _, err := ParseAPIKey(text); !errors.Is(err, want) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	for text, short := range map[string]bool{"ABSKx": false, "bedrock-api-key-x": true} {
		if got, err := CheckPrefix(text); err != nil || got != short {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	if _, err := CheckPrefix("Bearer"); !errors.Is(err, ErrKeyPrefix) {
		t.Error(err)
	}
}

// generate makes a short-term key as AWS's generators do, with the SDK's signer.
func generate(t interface{ Fatal(...any) }, region, expires, sessionToken string, secret string) string {
	r, err := http.NewRequest(http.MethodPost, "https://bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Expires="+expires, nil)
	if err != nil {
		t.Fatal(err)
	}
	creds := aws.Credentials{AccessKeyID: "AKIAEXAMPLE000000001", SecretAccessKey: secret, SessionToken: sessionToken}
	signed, _, err := v4.NewSigner().PresignHTTP(context.Background(), creds, r, hex.EncodeToString(sigv4.EmptyPayload[:]), "bedrock", region, issued)
	if err != nil {
		t.Fatal(err)
	}
	return encodeShortTerm(strings.TrimPrefix(signed, "https://") + "&Version=1")
}

func encodeShortTerm(plain string) string {
	return ShortTermPrefix + base64.StdEncoding.EncodeToString([]byte(plain))
}

func verifyShortTerm(text, secret string) (*ShortTerm, *sigv4.Signature, error) {
	k, err := ParseShortTerm(text)
	if err != nil {
		return nil, nil, err
	}
	sig, err := sigv4.Parse(k.Request)
	if err != nil {
		return nil, nil, err
	}
	if err := sig.CheckScope(sigv4.Scope{Region: k.Region, Service: "bedrock"}); err != nil {
		return nil, nil, err
	}
	if err := sig.CheckTime(issued.Add(time.Minute)); err != nil {
		return nil, nil, err
	}
	if sig.KeyID != "AKIAEXAMPLE000000001" {
		return nil, nil, errors.New("unknown key")
	}
	return k, sig, sigv4.NewKeys(1).Verify(sig, k.Request, secret, sigv4.EmptyPayload)
}

func TestShortTermKeysVerify(t *testing.T) {
	for _, sessionToken := range []string{"", "hps1.abc/+="} {
		text := generate(t, "eu-west-1", "43200", sessionToken, "secret")
		k, sig, err := verifyShortTerm(text, "secret")
		if err != nil {
			t.Fatal(err)
		}
		if k.Region != "eu-west-1" || k.Expires != MaxShortTerm || sig.Expires != MaxShortTerm || sig.SessionToken != sessionToken {
			t.Errorf("region %s, expires %v", k.Region, k.Expires)
		}
		if _, _, err := verifyShortTerm(text, "another"); err == nil {
			t.Error("verified with another secret")
		}
		if err := sig.CheckTime(issued.Add(12*time.Hour + time.Second)); err == nil {
			t.Error("valid after 12 hours")
		}
	}
}

func TestShortTermKeysInAnyOrder(t *testing.T) {
	text := generate(t, "us-west-2", "900", "", "secret")
	plain, _ := decodeKey(strings.TrimPrefix(text, ShortTermPrefix))
	host, query, _ := strings.Cut(plain, "?")
	parts := strings.Split(query, "&")
	rapid.Check(t, func(t *rapid.T) {
		shuffled := rapid.Permutation(parts).Draw(t, "order")
		if _, _, err := verifyShortTerm(encodeShortTerm(host+"?"+strings.Join(shuffled, "&")), "secret"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAlteredShortTermKeysAreRefused(t *testing.T) {
	text := generate(t, "us-west-2", "900", "", "secret")
	plain, _ := decodeKey(strings.TrimPrefix(text, ShortTermPrefix))
	signed := strings.TrimSuffix(plain, "&Version=1")
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(signed)
		i := rapid.IntRange(0, len(b)-1).Draw(t, "position")
		to := rapid.SampledFrom([]byte("aZ09-x")).Draw(t, "character")
		// "%2F" and "%2f" are the same character.
		if b[i] == to || strings.EqualFold(string(b[i]), string(to)) && i > 1 && b[i-2] == '%' {
			return
		}
		b[i] = to
		if _, _, err := verifyShortTerm(encodeShortTerm(string(b)+"&Version=1"), "secret"); err == nil {
			t.Fatalf("verified: %s", b)
		}
	})
}

func TestShortTermKeysOfTheWrongForm(t *testing.T) {
	good := "bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Credential=A%2F20261122%2Feu-west-1%2Fbedrock%2Faws4_request&X-Amz-Expires=43200"
	if _, err := ParseShortTerm(encodeShortTerm(good)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"host":        encodeShortTerm(strings.Replace(good, "bedrock.amazonaws.com", "example.com", 1)),
		"host suffix": encodeShortTerm(strings.Replace(good, "bedrock.amazonaws.com", "bedrock.amazonaws.com.example.com", 1)),
		"path":        encodeShortTerm(strings.Replace(good, "com/?", "com/model/x?", 1)),
		"action":      encodeShortTerm(strings.Replace(good, "CallWithBearerToken", "InvokeModel", 1)),
		"two actions": encodeShortTerm(good + "&Action=InvokeModel"),
		"service":     encodeShortTerm(strings.Replace(good, "%2Fbedrock%2F", "%2Fsts%2F", 1)),
		"too long":    encodeShortTerm(strings.Replace(good, "43200", "43201", 1)),
		"no time":     encodeShortTerm(strings.Replace(good, "43200", "0", 1)),
		"no number":   encodeShortTerm(strings.Replace(good, "43200", "12h", 1)),
		"escape":      encodeShortTerm(good + "&x=%zz"),
		"base64":      ShortTermPrefix + "§",
		"empty":       ShortTermPrefix,
	} {
		if _, err := ParseShortTerm(text); !errors.Is(err, ErrKeyInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseShortTerm("ABSKabc"); !errors.Is(err, ErrKeyPrefix) {
		t.Error(err)
	}
}
