package seal

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrWrongKey is wrapped by what [Open] returns when the master key is not the
// one that the keyset was wrapped with.
var ErrWrongKey = errors.New("wrong seal key")

// ErrOpen is what [Box.Open] returns for a text that was not sealed by this
// box for this associated data, or was altered since.
var ErrOpen = errors.New("sealed value cannot be opened: it was altered, moved to another row, or sealed with another keyset")

// Box seals and opens values and derives secrets. It is safe for concurrent use.
type Box struct {
	keyID   string
	aeadSet *keyset.Handle
	prfSet  *keyset.Handle
	aead    tink.AEAD
	prf     *prf.Set
}

// wrapped is the stored form. The key id is in the clear, so that a wrong
// master key is told from a damaged keyset.
type wrapped struct {
	Version int    `json:"version"`
	KeyID   string `json:"keyId"`
	AEAD    []byte `json:"aead"`
	PRF     []byte `json:"prf"`
}

// Create makes a new keyset and returns it ready for use, and wrapped by key
// as JSON text to be stored.
func Create(key Key) (*Box, []byte, error) {
	// XAES-256-GCM has 192-bit nonces: any number of values may be sealed with
	// random ones, which plain AES-GCM does not allow.
	aeadSet, err := keyset.NewHandle(aead.XAES256GCM192BitNonceKeyTemplate())
	if err != nil {
		return nil, nil, fmt.Errorf("making the sealing keyset: %w", err)
	}
	prfSet, err := keyset.NewHandle(prf.HKDFSHA256PRFKeyTemplate())
	if err != nil {
		return nil, nil, fmt.Errorf("making the derivation keyset: %w", err)
	}
	b, err := newBox(key.ID(), aeadSet, prfSet)
	if err != nil {
		return nil, nil, err
	}
	text, err := b.Wrap(key)
	return b, text, err
}

// WrappedBy returns the id of the master key that a stored keyset needs.
func WrappedBy(text []byte) (keyID string, err error) {
	w, err := parse(text)
	return w.KeyID, err
}

func parse(text []byte) (w wrapped, err error) {
	if err := json.Unmarshal(text, &w); err != nil {
		return w, fmt.Errorf("reading the stored keyset: %w", err)
	}
	if w.Version != 1 {
		return w, fmt.Errorf("the stored keyset has format %d, this program knows format 1: use a newer hardpan", w.Version)
	}
	return w, nil
}

// Open unwraps a stored keyset. The error wraps [ErrWrongKey] and names both
// key ids if key is not the one it was wrapped with.
func Open(key Key, text []byte) (*Box, error) {
	w, err := parse(text)
	if err != nil {
		return nil, err
	}
	if w.KeyID != key.ID() {
		return nil, fmt.Errorf("%w: the stored secrets are sealed with key %s, but key %s was given; start with the seal key they were made with", ErrWrongKey, w.KeyID, key.ID())
	}
	aeadSet, err := unwrapSet(key, w.AEAD, "aead")
	if err != nil {
		return nil, err
	}
	prfSet, err := unwrapSet(key, w.PRF, "prf")
	if err != nil {
		return nil, err
	}
	return newBox(w.KeyID, aeadSet, prfSet)
}

func newBox(keyID string, aeadSet, prfSet *keyset.Handle) (*Box, error) {
	a, err := aead.New(aeadSet)
	if err != nil {
		return nil, fmt.Errorf("using the sealing keyset: %w", err)
	}
	p, err := prf.NewPRFSet(prfSet)
	if err != nil {
		return nil, fmt.Errorf("using the derivation keyset: %w", err)
	}
	return &Box{keyID: keyID, aeadSet: aeadSet, prfSet: prfSet, aead: a, prf: p}, nil
}

// Wrap returns the keyset wrapped by key, as JSON text to be stored. With a
// new key it is how a master key is replaced.
func (b *Box) Wrap(key Key) ([]byte, error) {
	a, err := wrapSet(key, b.aeadSet, "aead")
	if err != nil {
		return nil, err
	}
	p, err := wrapSet(key, b.prfSet, "prf")
	if err != nil {
		return nil, err
	}
	return json.Marshal(wrapped{Version: 1, KeyID: key.ID(), AEAD: a, PRF: p})
}

func wrapSet(key Key, h *keyset.Handle, purpose string) ([]byte, error) {
	master, err := subtle.NewXChaCha20Poly1305(key.secret[:])
	if err != nil {
		return nil, fmt.Errorf("using the seal key: %w", err)
	}
	var buf bytes.Buffer
	if err := h.WriteWithAssociatedData(keyset.NewBinaryWriter(&buf), master, Row("hardpan keyset", purpose, key.ID())); err != nil {
		return nil, fmt.Errorf("wrapping the %s keyset: %w", purpose, err)
	}
	return buf.Bytes(), nil
}

func unwrapSet(key Key, text []byte, purpose string) (*keyset.Handle, error) {
	master, err := subtle.NewXChaCha20Poly1305(key.secret[:])
	if err != nil {
		return nil, fmt.Errorf("using the seal key: %w", err)
	}
	h, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(text)), master, Row("hardpan keyset", purpose, key.ID()))
	if err != nil {
		return nil, fmt.Errorf("unwrapping the %s keyset (it is damaged; restore the database from a backup): %w", purpose, err)
	}
	return h, nil
}

// KeyID is the id of the master key that the box was created or opened with.
func (b *Box) KeyID() string { return b.keyID }

// Seal encrypts plaintext. Only the same associated data opens it again; see [Row].
func (b *Box) Seal(plaintext, associatedData []byte) ([]byte, error) {
	sealed, err := b.aead.Encrypt(plaintext, associatedData)
	if err != nil {
		return nil, fmt.Errorf("sealing a value: %w", err)
	}
	return sealed, nil
}

// Open decrypts what [Box.Seal] returned; anything else is [ErrOpen].
func (b *Box) Open(sealed, associatedData []byte) ([]byte, error) {
	plain, err := b.aead.Decrypt(sealed, associatedData)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// Derive returns 32 bytes that only holders of the keyset can compute and that
// are the same for the same label and data on every node, for as long as the
// keyset lives. A label is used for one purpose only.
func (b *Box) Derive(label string, data []byte) ([]byte, error) {
	secret, err := b.prf.ComputePrimaryPRF(Row(label, string(data)), 32)
	if err != nil {
		return nil, fmt.Errorf("deriving a secret for %s: %w", label, err)
	}
	return secret, nil
}

// Row is associated data that binds a sealed value to its place, such as
// account, kind and id. Parts are length-prefixed: no two lists of parts share
// a Row.
func Row(parts ...string) []byte {
	var out []byte
	for _, p := range parts {
		out = binary.AppendUvarint(out, uint64(len(p)))
		out = append(out, p...)
	}
	return out
}
