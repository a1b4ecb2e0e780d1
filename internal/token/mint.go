package token

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// MaxTokenBytes bounds a session token: it has to fit into a request's headers.
const MaxTokenBytes = 32 << 10

// ErrTooLarge means that a session's tags and policies do not fit into a token.
var ErrTooLarge = errors.New("session tags and policies do not fit into a session token")

const (
	prefix      = "hps1." // Hardpan session, version 1
	secretLabel = "session secret access key v1"
	nonceBytes  = 16
	secretBytes = 30 // 40 characters, as AWS's secrets have
)

// Tokens use no character that a URL or a header has to escape.
var encoding = base64.RawURLEncoding.Strict()

// Credentials are temporary credentials as STS hands them out, once.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey Secret
	SessionToken    Secret
	Expires         time.Time
}

// Mint makes the credentials of s. It returns [ErrTooLarge] if s does not fit.
func Mint(box Box, s *Session) (*Credentials, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("minting a session token: %w", err)
	}
	nonce := make([]byte, nonceBytes)
	_, _ = rand.Read(nonce) // never fails: crypto/rand aborts the program instead
	plain, err := json.Marshal(s.seal(nonce))
	if err != nil {
		return nil, fmt.Errorf("minting a session token: %w", err)
	}
	sealedText, err := box.Seal(plain, bind(s.AccessKeyID))
	if err != nil {
		return nil, fmt.Errorf("minting a session token: %w", err)
	}
	text := prefix + encoding.EncodeToString(sealedText)
	if len(text) > MaxTokenBytes {
		return nil, ErrTooLarge
	}
	secret, err := sessionSecret(box, s.AccessKeyID, nonce)
	if err != nil {
		return nil, fmt.Errorf("minting a session token: %w", err)
	}
	return &Credentials{s.AccessKeyID, secret, NewSecret(text), time.Unix(s.Expires.Unix(), 0).UTC()}, nil
}

// Open reads the session token that came with accessKeyID and derives the secret
// access key that must have signed the request. It returns [ErrInvalid] for a
// token that is none, was altered, or belongs to another key; and, with the
// session but without the secret, [ErrExpired] from its expiry on.
func Open(box Box, text, accessKeyID string, now time.Time) (*Session, Secret, error) {
	w, err := open(box, text, accessKeyID)
	if err != nil {
		return nil, Secret{}, err
	}
	s := w.session(accessKeyID)
	if err := s.check(); err != nil || len(w.Nonce) != nonceBytes {
		return nil, Secret{}, ErrInvalid
	}
	if !now.Before(s.Expires) {
		return s, Secret{}, ErrExpired
	}
	secret, err := sessionSecret(box, accessKeyID, w.Nonce)
	if err != nil {
		return nil, Secret{}, fmt.Errorf("opening a session token: %w", err)
	}
	return s, secret, nil
}

func open(box Box, text, accessKeyID string) (*sealed, error) {
	body, ok := strings.CutPrefix(text, prefix)
	if !ok || len(text) > MaxTokenBytes {
		return nil, ErrInvalid
	}
	raw, err := encoding.DecodeString(body)
	if err != nil {
		return nil, ErrInvalid
	}
	plain, err := box.Open(raw, bind(accessKeyID))
	if err != nil {
		return nil, ErrInvalid
	}
	// A field that this version does not know may be a limit set by a newer node:
	// a token that cannot be honoured whole is not honoured.
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	var w sealed
	if err := d.Decode(&w); err != nil {
		return nil, ErrInvalid
	}
	return &w, nil
}

// bind ties a token to its access key id, which travels outside of it.
func bind(accessKeyID string) []byte { return []byte("session token v1\x00" + accessKeyID) }

func sessionSecret(box Box, accessKeyID string, nonce []byte) (Secret, error) {
	raw, err := box.Derive(secretLabel, append([]byte(accessKeyID), nonce...))
	if err != nil {
		return Secret{}, err
	}
	if len(raw) < secretBytes {
		return Secret{}, fmt.Errorf("derived secret has %d bytes, need %d", len(raw), secretBytes)
	}
	return NewSecret(base64.StdEncoding.EncodeToString(raw[:secretBytes])), nil
}
