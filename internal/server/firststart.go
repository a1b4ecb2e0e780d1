package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"

	"hardpan/internal/identity"
	"hardpan/internal/seal"
	"hardpan/internal/store"
)

// The first start makes the account and an access key of its root user, the
// administrator. The key is shown once and kept in <data-dir>/credentials, an
// AWS shared-credentials file that only its owner can read.

// RootAccessKey is the administrator's access key. Its secret prints as
// "[redacted]"; [RootAccessKey.Reveal] is for the one place that shows it.
type RootAccessKey struct {
	ID     string
	secret string
}

// NewRootAccessKey takes a key that the operator chose: an id of 16 to 128
// letters and digits and a secret of at least 16 characters, as IAM has them.
func NewRootAccessKey(id, secret string) (RootAccessKey, error) {
	if !accessKeyID.MatchString(id) {
		return RootAccessKey{}, fmt.Errorf("an access key id has 16 to 128 letters and digits")
	}
	if len(secret) < 16 {
		return RootAccessKey{}, fmt.Errorf("a secret access key has at least 16 characters")
	}
	return RootAccessKey{ID: id, secret: secret}, nil
}

var accessKeyID = regexp.MustCompile(`^\w{16,128}$`)

// Reveal returns the secret.
func (k RootAccessKey) Reveal() string { return k.secret }

// Format implements fmt.Formatter without the secret.
func (k RootAccessKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.ID+"/[redacted]") }

// LogValue implements slog.LogValuer without the secret.
func (k RootAccessKey) LogValue() slog.Value { return slog.StringValue(k.ID + "/[redacted]") }

// MarshalJSON implements json.Marshaler without the secret.
func (k RootAccessKey) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "%q", k.ID), nil }

// firstStart makes the account if it is not there. It returns the new key, or
// nil if this is not the first start.
func firstStart(ctx context.Context, db *store.DB, box *seal.Box, opt Options) (*RootAccessKey, error) {
	if have := db.Directory().Accounts(); len(have) > 0 {
		if _, ok := db.Directory().Account(opt.AccountID); !ok {
			return nil, fmt.Errorf("the database belongs to account %s, not %s; start with --account-id %s, or with another --data-dir or --database-url",
				have[0], opt.AccountID, have[0])
		}
		return nil, nil
	}
	key := opt.Root
	if key.ID == "" {
		key = RootAccessKey{ID: identity.NewAccessKeyID(), secret: identity.NewSecret()}
	}
	scope := identity.Scope{Partition: "aws", Account: opt.AccountID}
	row := &identity.AccessKey{Scope: scope, ID: key.ID, Status: identity.Active, Created: opt.Now()}
	var err error
	if row.Sealed, err = box.Seal([]byte(key.secret), row.AssociatedData()); err != nil {
		return nil, fmt.Errorf("sealing the root user's access key: %w", err)
	}
	// The file comes first: a key that is stored and shown nowhere is lost.
	if err := writeCredentials(opt.DataDir, key); err != nil {
		return nil, err
	}
	err = db.Write(ctx, opt.AccountID, opt.Now(), func(tx *store.Tx) error {
		if tx.State().Account() != nil {
			return errAlreadyMade
		}
		if err := tx.Put(&identity.Account{Scope: scope, Name: "hardpan", Created: tx.Now}); err != nil {
			return err
		}
		return tx.Put(row)
	})
	if errors.Is(err, errAlreadyMade) { // by another server that started at the same moment
		return nil, os.Remove(CredentialsFile(opt.DataDir))
	}
	if err != nil {
		return nil, fmt.Errorf("making account %s: %w", opt.AccountID, err)
	}
	return &key, nil
}

var errAlreadyMade = errors.New("the account is there already")

// CredentialsFile is where the first start leaves the administrator's key.
func CredentialsFile(dataDir string) string { return filepath.Join(dataDir, "credentials") }

func writeCredentials(dataDir string, key RootAccessKey) error {
	text := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", key.ID, key.secret)
	file := CredentialsFile(dataDir)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return fmt.Errorf("writing the administrator's access key: %w", err)
	}
	return nil
}

func openStore(ctx context.Context, opt Options) (*store.DB, error) {
	if err := os.MkdirAll(opt.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	if opt.DatabaseURL != "" {
		return store.OpenPostgres(ctx, opt.DatabaseURL, opt.Log)
	}
	return store.Open(ctx, DatabaseFile(opt.DataDir))
}

// DatabaseFile is where the embedded database is.
func DatabaseFile(dataDir string) string { return filepath.Join(dataDir, "hardpan.db") }
