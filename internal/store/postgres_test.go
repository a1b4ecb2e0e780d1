package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"hardpan/internal/identity"
	"hardpan/internal/realtools"
	"hardpan/internal/seal"
	"hardpan/internal/store"
)

// node opens a PostgreSQL database as one server of several does.
func node(t *testing.T, url string) *store.DB {
	t.Helper()
	db, err := store.OpenPostgres(t.Context(), url, slog.New(slog.DiscardHandler))
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

// until waits for a condition that another node brings about, at most limit,
// and returns how long it took.
func until(t *testing.T, limit time.Duration, what string, reached func() bool) time.Duration {
	t.Helper()
	start, tick := time.Now(), time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !reached() {
		if time.Since(start) > limit {
			t.Fatalf("%s did not happen within %s", what, limit)
		}
		<-tick.C
	}
	return time.Since(start)
}

// has is whether a node knows a user by name.
func has(db *store.DB, name string) func() bool {
	return func() bool {
		s, ok := db.Directory().Account(account)
		if ok {
			_, ok = s.User(name)
		}
		return ok
	}
}

func TestConformanceOnPostgreSQL(t *testing.T) {
	server := realtools.StartPostgres(t)
	conformance(t, func(t *testing.T) *store.DB { return node(t, server.Database()) })
}

// The promise is a second. Announced, it is a matter of milliseconds.
func TestAWriteIsSeenOnAnotherNode(t *testing.T) {
	url := realtools.StartPostgres(t).Database()
	here, there := node(t, url), node(t, url)
	write(t, here, account, putAll(append([]identity.Entity{newAccount(account)}, full()...)...))
	until(t, time.Second, "the first write", func() bool {
		s, ok := there.Directory().Account(account)
		return ok && s.Revision() == 1
	})
	same(t, here.Directory(), there.Directory())
	var slowest time.Duration
	for i := range 50 {
		name := fmt.Sprintf("u%d", i)
		write(t, here, account, putAll(user("AIDA0"+name, name)))
		slowest = max(slowest, until(t, time.Second, "a write", has(there, name)))
	}
	t.Logf("the slowest of 50 was seen after %s", slowest)
	for _, e := range []identity.Entity{full()[5], full()[4], full()[6]} {
		write(t, there, account, func(tx *store.Tx) error { return tx.Delete(e) })
	}
	until(t, time.Second, "deletes", func() bool {
		s, _ := here.Directory().Account(account)
		t, _ := there.Directory().Account(account)
		return s.Revision() == t.Revision()
	})
	same(t, here.Directory(), there.Directory())
}

// What was written while a node's connections were cut is found by revision;
// names that moved in the meantime stay apart.
func TestANodeCatchesUpAfterALostConnection(t *testing.T) {
	server := realtools.StartPostgres(t)
	here, there := node(t, server.Database()), node(t, server.URL("test1"))
	write(t, here, account, putAll(append([]identity.Entity{newAccount(account)}, full()...)...))
	write(t, here, account, putAll(user("AIDA7", "left"), user("AIDA8", "right")))
	until(t, time.Second, "the beginning", has(there, "right"))
	for round := range 5 {
		server.SQL("postgres", `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'test1'`)
		name := fmt.Sprintf("swap%d", round)
		renamed := func(db *store.DB) error {
			return db.Write(t.Context(), account, now, putAll(user("AIDA7", name)))
		}
		for err := renamed(here); err != nil; err = renamed(here) { // its connections were cut as well
			if !errors.Is(err, store.ErrUnavailable) {
				t.Fatal(err)
			}
		}
		write(t, here, account, putAll(user("AIDA8", "left"), user(fmt.Sprint("AIDA9", round), fmt.Sprint("new", round))))
		until(t, 3*time.Second, "catching up", has(there, fmt.Sprint("new", round)))
		same(t, here.Directory(), there.Directory())
		write(t, here, account, putAll(user("AIDA8", "right")))
	}
}

// A node that has missed a great deal reads the account anew.
func TestANodeCatchesUpWithoutTheLog(t *testing.T) {
	server := realtools.StartPostgres(t)
	here, there := node(t, server.Database()), node(t, server.URL("test1"))
	write(t, here, account, putAll(newAccount(account)))
	until(t, time.Second, "the beginning", func() bool { return len(there.Directory().Accounts()) == 1 })
	server.SQL("test1", `UPDATE account SET revision = 9; UPDATE account SET name = 'by hand'`)
	until(t, 3*time.Second, "a change that nobody announced", func() bool {
		s, _ := there.Directory().Account(account)
		return s.Revision() == 9 && s.Account().Name == "by hand"
	})
}

// Writers on two nodes take turns, each seeing all before it.
func TestNodesTakeTurns(t *testing.T) {
	url := realtools.StartPostgres(t).Database()
	nodes := []*store.DB{node(t, url), node(t, url)}
	const each = 25
	var group sync.WaitGroup
	for n, db := range nodes {
		group.Go(func() {
			// Both make the account: one of them finds it made.
			err := db.Write(t.Context(), account, now, func(tx *store.Tx) error {
				if tx.State().Account() != nil {
					return nil
				}
				return tx.Put(newAccount(account))
			})
			if err != nil {
				t.Error(err)
			}
			for range each {
				err := db.Write(t.Context(), account, now, func(tx *store.Tx) error {
					count := 0
					for range tx.State().Users("/", "") {
						count++
					}
					return tx.Put(user(fmt.Sprintf("AIDA%04d", count), fmt.Sprintf("user%d-by-%d", count, n)))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	for _, db := range nodes {
		until(t, time.Second, "the last write", func() bool {
			s, _ := db.Directory().Account(account)
			return s.Revision() == 1+2*each
		})
	}
	same(t, nodes[0].Directory(), nodes[1].Directory())
	loaded, err := nodes[0].LoadAgain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, loaded, nodes[1].Directory())
	s, _ := loaded.Account(account)
	if _, ok := s.UserByID(fmt.Sprintf("AIDA%04d", 2*each-1)); !ok {
		t.Error("two writes saw the same state, so that one overwrote the other")
	}
}

// Nodes that start at once on an empty database make one schema and one keyset.
func TestNodesStartAtOnce(t *testing.T) {
	server := realtools.StartPostgres(t)
	url, key := server.Database(), seal.NewKey()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			db, err := store.OpenPostgres(t.Context(), url, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			if _, err := db.Box(t.Context(), key); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := server.SQL("test1", `SELECT count(*) FROM meta WHERE name = 'keyset'`); got != "1" {
		t.Errorf("%s keysets", got)
	}
}

// Reads go on, writes are refused by name, and all goes on when it is back.
func TestTheDatabaseGoesAwayAndComesBack(t *testing.T) {
	server := realtools.StartPostgres(t)
	var said lockedBuffer
	db, err := store.OpenPostgres(t.Context(), server.Database(), slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	write(t, db, account, putAll(newAccount(account), user("AIDA1", "bob")))
	for _, away := range []func(){server.Stop, server.Crash} {
		before := describe(db.Directory())
		away()
		err := db.Write(t.Context(), account, now, putAll(user("AIDA2", "eve")))
		if !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		if !has(db, "bob")() || has(db, "eve")() || len(before) != len(describe(db.Directory())) {
			t.Error("the directory changed while the database was away")
		}
		until(t, 5*time.Second, "a word about it", func() bool { return strings.Contains(said.String(), "the database is away") })
		server.Start()
		until(t, 5*time.Second, "a word about its return", func() bool { return strings.Contains(said.String(), "the database is back") })
		write(t, db, account, putAll(user("AIDA2", "eve")))
		write(t, db, account, func(tx *store.Tx) error { return tx.Delete(user("AIDA2", "eve")) })
		said.Reset()
	}
	loaded, err := db.LoadAgain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, loaded, db.Directory())
}

// Whoever cannot open it is told what to do, and no password.
func TestAPostgreSQLThatCannotBeOpened(t *testing.T) {
	server := realtools.StartPostgres(t)
	server.SQL("postgres", `CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0`)
	node(t, server.Database())
	server.SQL("test1", `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`)
	secret := "s3cret-word"
	for name, c := range map[string]struct {
		url  string
		says []string
	}{
		"no server":       {"postgres://u:" + secret + "@127.0.0.1:1/x", []string{"127.0.0.1:1", "start the database server"}},
		"no database":     {server.URL("nowhere"), []string{"nowhere", "make the database first"}},
		"no such user":    {strings.Replace(server.URL("test1"), "postgres@", "stranger:"+secret+"@", 1), []string{"stranger", "check user and password"}},
		"latin":           {server.URL("latin"), []string{"LATIN1", "ENCODING 'UTF8'"}},
		"a newer schema":  {server.URL("test1"), []string{"version 9999", "a newer hardpan"}},
		"no URL":          {"localhost:5432", []string{"postgres://"}},
		"a bad parameter": {"postgres://u:" + secret + "@127.0.0.1/x?sslmode=perhaps", []string{"sslmode"}},
		"password aside":  {"postgres://127.0.0.1:1/x?password=" + secret, []string{"start the database server"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := store.OpenPostgres(t.Context(), c.url, slog.New(slog.DiscardHandler))
			if err == nil {
				t.Fatal("it was opened")
			}
			for _, part := range c.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the password is told: %v", err)
			}
		})
	}
}

// lockedBuffer is written by one goroutine and read by another.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *lockedBuffer) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text.Reset()
}
