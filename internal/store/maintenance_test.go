package store_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/realtools"
	"hardpan/internal/seal"
	"hardpan/internal/store"
)

// engines are the databases that a maintenance test runs on: where an empty one
// is, and how SQL is run beside the program.
func engines(t *testing.T, test func(t *testing.T, fresh func() store.Place, execute func(place store.Place, query string))) {
	t.Run("SQLite", func(t *testing.T) {
		test(t, func() store.Place { return store.Place{File: file(t)} },
			func(p store.Place, query string) { execute(t, p.File, "PRAGMA foreign_keys = OFF; "+query) })
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		server := realtools.StartPostgres(t)
		test(t, func() store.Place { return store.Place{URL: server.Database()} }, func(p store.Place, query string) {
			server.SQL(p.URL[strings.LastIndex(p.URL, "/")+1:], "SET session_replication_role = replica; "+query)
		})
	})
}

func serve(t *testing.T, place store.Place) *store.DB {
	t.Helper()
	if place.URL != "" {
		return node(t, place.URL)
	}
	return open(t, place.File)
}

// furnished is a database with one of everything, its secrets sealed, and a
// server that has it open.
func furnished(t *testing.T, place store.Place, key seal.Key) *store.DB {
	t.Helper()
	db := serve(t, place)
	box, err := db.Box(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, db, account, putAll(append([]identity.Entity{newAccount(account)}, full()...)...))
	for _, id := range []string{"AKIA1", "AKIA2"} {
		k, _, _ := db.Directory().AccessKey(id)
		sealed := *k
		if sealed.Sealed, err = box.Seal([]byte("secret of "+id), k.AssociatedData()); err != nil {
			t.Fatal(err)
		}
		write(t, db, account, putAll(&sealed))
	}
	s, _ := db.Directory().Account(account)
	for p := range gateway.Providers(s, "us-west-2", gateway.OAuth2, "") {
		sealed := *p
		if sealed.Sealed, err = box.Seal([]byte("client secret"), p.AssociatedData()); err != nil {
			t.Fatal(err)
		}
		write(t, db, account, putAll(&sealed))
	}
	return db
}

func maintain(t *testing.T, place store.Place) *store.Maintenance {
	t.Helper()
	m, err := store.Maintain(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func backup(t *testing.T, place store.Place) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := maintain(t, place).Backup(t.Context(), &out, now); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// checked are the problems that a check finds.
func checked(t *testing.T, place store.Place, key seal.Key) []string {
	t.Helper()
	report, err := maintain(t, place).Check(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return report.Problems
}

// A backup, made while a server runs, fills an empty database of either kind
// with the same, and a backup of that is the same text.
func TestBackupAndRestore(t *testing.T) {
	server := realtools.StartPostgres(t)
	key := seal.NewKey()
	places := []store.Place{{File: file(t)}, {URL: server.Database()}, {File: file(t)}, {URL: server.Database()}}
	db := furnished(t, places[0], key)
	text := backup(t, places[0])
	if bytes.Contains(text, []byte(key.Text())) || bytes.Contains(text, []byte("secret of")) {
		t.Error("the backup holds a secret in the clear")
	}
	for i, place := range places[1:] {
		head, rows, err := store.Restore(t.Context(), place, bytes.NewReader(text), key)
		if err != nil {
			t.Fatalf("restoring to %v: %v", place, err)
		}
		if head.SealKey != key.ID() || rows < 20 {
			t.Errorf("restored %d rows of %+v", rows, head)
		}
		if again := backup(t, place); !bytes.Equal(again, text) {
			t.Errorf("the backup of database %d differs:\n%s\nwant\n%s", i+1, again, text)
		}
		restored := serve(t, place)
		same(t, db.Directory(), restored.Directory())
		write(t, restored, account, putAll(user("AIDA77", "later")))
		if problems := checked(t, place, key); len(problems) > 0 {
			t.Error(problems)
		}
	}
}

func TestRestoreRefuses(t *testing.T) {
	key := seal.NewKey()
	engines(t, func(t *testing.T, fresh func() store.Place, _ func(store.Place, string)) {
		place := fresh()
		furnished(t, place, key)
		text := string(backup(t, place))
		lines := strings.SplitAfter(text, "\n")
		for name, c := range map[string]struct {
			text string
			says string
		}{
			"nothing":        {"", "the backup is cut"},
			"another file":   {"{\"a\":1}\n", "no backup of hardpan's"},
			"no text":        {"\x00\x01", "no backup of hardpan's"},
			"a cut one":      {strings.Join(lines[:len(lines)/2], ""), "the backup is cut"},
			"a changed row":  {strings.Replace(text, `"Bob"`, `"Rob"`, 1), "the backup is damaged"},
			"a missing row":  {strings.Join(append(append([]string{}, lines[:3]...), lines[4:]...), ""), "the backup is damaged"},
			"a newer schema": {strings.Replace(text, `"schema":`, `"schema":99`, 1), "a newer hardpan"},
			"a newer format": {strings.Replace(text, `"format":1`, `"format":2`, 1), "a newer hardpan"},
		} {
			target := fresh()
			_, _, err := store.Restore(t.Context(), target, strings.NewReader(c.text), key)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: got %v", name, err)
			}
			// Nothing is left of it: the same place takes the whole backup.
			if _, _, err := store.Restore(t.Context(), target, strings.NewReader(text), key); err != nil {
				t.Errorf("after %s: %v", name, err)
			}
		}
		if _, _, err := store.Restore(t.Context(), fresh(), strings.NewReader(text), seal.NewKey()); !errors.Is(err, seal.ErrWrongKey) || !strings.Contains(err.Error(), key.ID()) {
			t.Errorf("another key: got %v", err)
		}
		filled := fresh()
		if _, _, err := store.Restore(t.Context(), filled, strings.NewReader(text), key); err != nil {
			t.Fatal(err)
		}
		if _, _, err := store.Restore(t.Context(), filled, strings.NewReader(text), key); err == nil || !strings.Contains(err.Error(), "is not empty") {
			t.Errorf("a database that is not empty: got %v", err)
		}
	})
}

// The seal key is replaced while a server runs.
func TestRotateSealKey(t *testing.T) {
	engines(t, func(t *testing.T, fresh func() store.Place, _ func(store.Place, string)) {
		place, old, next := fresh(), seal.NewKey(), seal.NewKey()
		db := furnished(t, place, old)
		m := maintain(t, place)
		if err := m.RotateSealKey(t.Context(), next, seal.NewKey()); !errors.Is(err, seal.ErrWrongKey) {
			t.Fatalf("with another key: %v", err)
		}
		for range 2 { // the second time it is done already
			if err := m.RotateSealKey(t.Context(), old, next); err != nil {
				t.Fatal(err)
			}
		}
		write(t, db, account, putAll(user("AIDA55", "meanwhile")))
		if problems := checked(t, place, next); len(problems) > 0 {
			t.Error(problems)
		}
		if problems := checked(t, place, old); len(problems) != 1 || !strings.Contains(problems[0], "wrong seal key") {
			t.Errorf("with the old key: %q", problems)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		again := serve(t, place)
		if _, err := again.Box(t.Context(), old); !errors.Is(err, seal.ErrWrongKey) {
			t.Errorf("the old key still opens: %v", err)
		}
		box, err := again.Box(t.Context(), next)
		if err != nil {
			t.Fatal(err)
		}
		k, _, _ := again.Directory().AccessKey("AKIA1")
		if plain, err := box.Open(k.Sealed, k.AssociatedData()); err != nil || string(plain) != "secret of AKIA1" {
			t.Errorf("got %q, %v", plain, err)
		}
	})
}

// Each damage is found and named.
func TestCheckFinds(t *testing.T) {
	key := seal.NewKey()
	engines(t, func(t *testing.T, fresh func() store.Place, execute func(store.Place, string)) {
		for name, c := range map[string]struct{ damage, says string }{
			"nothing":           {"SELECT 1", ""},
			"a lost user":       {"DELETE FROM iam_user WHERE id = 'AIDA1'", "rows of access_key refer to a row of iam_user"},
			"a lost table":      {"DROP TABLE iam_member", "table iam_member is missing"},
			"another column":    {"ALTER TABLE iam_role ADD COLUMN colour text", "table iam_role has the columns"},
			"a moved secret":    {"UPDATE access_key SET sealed = (SELECT sealed FROM access_key WHERE id = 'AKIA2') WHERE id = 'AKIA1'", "the secret of access key AKIA1"},
			"no base64":         {"UPDATE access_key SET sealed = '*'", "loading access keys"},
			"a list of nothing": {"UPDATE iam_user SET tags = '{'", "a stored list is not JSON"},
			"no keyset":         {"DELETE FROM meta", "no keyset to open them with"},
			"an old revision":   {"UPDATE account SET revision = 1", "the change log of 1 accounts"},
			"a newer schema":    {"INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)", "the schema has version 9999"},
		} {
			t.Run(name, func(t *testing.T) {
				place := fresh()
				if err := furnished(t, place, key).Close(); err != nil {
					t.Fatal(err)
				}
				execute(place, c.damage)
				problems := strings.Join(checked(t, place, key), "\n")
				if !strings.Contains(problems, c.says) || (c.says == "") != (problems == "") {
					t.Errorf("found %q, want %q", problems, c.says)
				}
			})
		}
	})
}

// A file with a damaged page is told by SQLite itself.
func TestCheckFindsADamagedFile(t *testing.T) {
	path, key := file(t), seal.NewKey()
	if err := furnished(t, store.Place{File: path}, key).Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(text, []byte("AIDA1")) &^ 4095 // the page that it is in
	copy(text[at:at+8], "\xff\xff\xff\xff\xff\xff\xff\xff")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := maintain(t, store.Place{File: path}).Check(t.Context(), key)
	if err == nil && len(report.Problems) == 0 {
		t.Fatal("a damaged page was not found")
	}
}

func TestMaintenanceOfNothing(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "no.db")
	if _, err := store.Maintain(t.Context(), store.Place{File: missing}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("looking made a file")
	}
	server := realtools.StartPostgres(t)
	if _, err := store.Maintain(t.Context(), store.Place{URL: server.Database()}); err == nil || !strings.Contains(err.Error(), "holds nothing of hardpan's") {
		t.Errorf("got %v", err)
	}
	if got := server.SQL("test1", `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`); got != "0" {
		t.Errorf("looking made %s tables", got)
	}
}

func TestMigrate(t *testing.T) {
	engines(t, func(t *testing.T, fresh func() store.Place, _ func(store.Place, string)) {
		place := fresh()
		before, after, err := store.Migrate(t.Context(), place)
		if before != 0 || after < 1 || err != nil {
			t.Fatalf("from %d to %d, %v", before, after, err)
		}
		if before, again, err := store.Migrate(t.Context(), place); before != after || again != after || err != nil {
			t.Errorf("again from %d to %d, %v", before, again, err)
		}
		serve(t, place)
		_, _, err = store.Migrate(t.Context(), place)
		if place.URL == "" && (err == nil || !strings.Contains(err.Error(), "stop that server")) {
			t.Errorf("under a running server: %v", err)
		}
		if place.URL != "" && err != nil {
			t.Error(err)
		}
	})
}

// A backup's lines are JSON, whatever is in the rows.
func TestABackupIsText(t *testing.T) {
	place := store.Place{File: file(t)}
	db := furnished(t, place, seal.NewKey())
	odd := user("AIDA66", "odd")
	odd.Tags = []identity.Tag{{Key: "k", Value: "<&>\u2028\"\\\n\t é 漢"}}
	write(t, db, account, putAll(odd))
	for line := range strings.Lines(string(backup(t, place))) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}
