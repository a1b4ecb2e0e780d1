package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"hardpan/internal/identity"
	"hardpan/internal/seal"
	"hardpan/internal/store"
)

func open(t *testing.T, path string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func file(t *testing.T) string { return filepath.Join(t.TempDir(), "hard pan?.db") }

func TestConformanceOnSQLite(t *testing.T) {
	conformance(t, func(t *testing.T) *store.DB { return open(t, file(t)) })
}

// A killed server leaves the files as they are: copy them while the first one
// is open still, and open the copy.
func TestAnAnsweredWriteSurvivesAKill(t *testing.T) {
	path := file(t)
	db := open(t, path)
	write(t, db, account, func(tx *store.Tx) error { return tx.Put(newAccount(account)) })
	write(t, db, account, func(tx *store.Tx) error { return tx.Put(user("AIDA1", "bob")) })

	killed := filepath.Join(t.TempDir(), "copy.db")
	for _, suffix := range []string{"", "-wal"} {
		text, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(killed+suffix, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, killed)
	same(t, db.Directory(), again.Directory())
	write(t, again, account, func(tx *store.Tx) error { return tx.Put(user("AIDA2", "eve")) })
}

// A full disk refuses writes by name, keeps what it has, and takes writes again
// when there is room.
func TestAFullDisk(t *testing.T) {
	db := open(t, file(t))
	write(t, db, account, putAll(newAccount(account), user("AIDA0", "bob")))
	if err := db.FillDisk(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	big := user("AIDA1", "big")
	big.Inline = []identity.InlinePolicy{{Name: "p", Document: strings.Repeat(" ", 100_000)}}
	if err := db.Write(t.Context(), account, now, putAll(big)); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	write(t, db, account, putAll(user("AIDA0", "rob"))) // there is room for this
	if err := db.FillDisk(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	loaded, err := db.LoadAgain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, db.Directory(), loaded)
	write(t, db, account, putAll(big))
}

func TestASecondServerIsRefused(t *testing.T) {
	path := file(t)
	db := open(t, path)
	_, err := store.Open(t.Context(), path)
	if err == nil || !strings.Contains(err.Error(), path+".lock") || !strings.Contains(err.Error(), "stop that server") {
		t.Fatalf("got %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

func TestANewerSchemaIsRefused(t *testing.T) {
	path := file(t)
	db := open(t, path)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	execute(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
	_, err := store.Open(t.Context(), path)
	if err == nil || !strings.Contains(err.Error(), "version 9999") || !strings.Contains(err.Error(), "newer hardpan") {
		t.Fatalf("got %v", err)
	}
}

func TestAWriteBehindTheDirectorysBackIsSeen(t *testing.T) {
	path := file(t)
	db := open(t, path)
	write(t, db, account, func(tx *store.Tx) error { return tx.Put(newAccount(account)) })
	write(t, db, account, func(tx *store.Tx) error { return tx.Put(user("AIDA1", "bob")) })
	execute(t, path, `UPDATE account SET revision = 7`)
	execute(t, path, `UPDATE iam_user SET name = 'rob', name_key = 'rob'`)
	write(t, db, account, func(tx *store.Tx) error {
		if _, ok := tx.State().User("rob"); !ok {
			t.Error("the write does not see what is stored")
		}
		return tx.Put(user("AIDA2", "eve"))
	})
	s, _ := db.Directory().Account(account)
	if _, ok := s.User("rob"); !ok || s.Revision() != 8 {
		t.Fatalf("at revision %d", s.Revision())
	}
}

func TestAnUnknownCommitIsLookedUp(t *testing.T) {
	path := file(t)
	db := open(t, path)
	if err := db.Reconcile(t.Context(), account); err != nil {
		t.Fatalf("an account that never was: %v", err)
	}
	write(t, db, account, func(tx *store.Tx) error { return tx.Put(newAccount(account)) })
	execute(t, path, `UPDATE account SET revision = 2, name = 'committed after all'`)
	if err := db.Reconcile(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	if s, _ := db.Directory().Account(account); s.Revision() != 2 || s.Account().Name != "committed after all" {
		t.Fatalf("got %+v", s.Account())
	}
}

func TestTheDatabaseIsPrivate(t *testing.T) {
	path := file(t)
	db := open(t, path)
	write(t, db, account, func(tx *store.Tx) error { return tx.Put(newAccount(account)) })
	for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", suffix, info.Mode())
		}
	}
}

func TestTheWrongSealKeyIsNamed(t *testing.T) {
	path := file(t)
	key, other := seal.NewKey(), seal.NewKey()
	db := open(t, path)
	box, err := db.Box(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := box.Seal([]byte("secret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path)
	_, err = again.Box(t.Context(), other)
	if !errors.Is(err, seal.ErrWrongKey) || !strings.Contains(err.Error(), key.ID()) || !strings.Contains(err.Error(), other.ID()) {
		t.Fatalf("got %v", err)
	}
	box, err = again.Box(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := box.Open(sealed, nil); err != nil || string(plain) != "secret" {
		t.Fatalf("got %q, %v", plain, err)
	}
	if err := again.PutSetting(t.Context(), "keyset", "{}"); err == nil {
		t.Fatal("the keyset was overwritten")
	}
}

func TestADamagedFileIsRefused(t *testing.T) {
	path := file(t)
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), path) {
		t.Fatalf("got %v", err)
	}
}

// execute runs SQL beside the program, as nobody should.
func execute(t *testing.T, path, query string) {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "link.db")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Symlink(path+suffix, copied+suffix); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", copied)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(context.Background(), query); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
