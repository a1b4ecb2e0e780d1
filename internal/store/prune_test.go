package store_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"hardpan/internal/identity"
	"hardpan/internal/realtools"
	"hardpan/internal/store"
)

// longAgo is a revision far beyond what the log holds.
const longAgo = 2 * store.MaxChanged

// pruned writes until the log is within its bounds, and checks that it stays there
// and that no write was needed in vain.
func pruned(t *testing.T, db *store.DB) {
	t.Helper()
	var rows, oldest int64
	for i := range 1000 {
		write(t, db, account, putAll(user("AIDA1", fmt.Sprint("bob", i))))
		var err error
		if rows, oldest, err = db.Logged(t.Context(), account); err != nil {
			t.Fatal(err)
		}
		if rows <= store.MaxChanged+store.PruneEvery {
			break
		}
	}
	s, _ := db.Directory().Account(account)
	if rows < store.MaxChanged || rows > store.MaxChanged+store.PruneEvery || oldest > s.Revision()-store.MaxChanged+1 {
		t.Errorf("at revision %d the log has %d rows from revision %d on, want the last %d", s.Revision(), rows, oldest, store.MaxChanged)
	}
}

func TestTheChangeLogIsBounded(t *testing.T) {
	for name, fresh := range map[string]func() *store.DB{
		"SQLite": func() *store.DB {
			db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "hardpan.db"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
			return db
		},
		"PostgreSQL": func() *store.DB { return node(t, realtools.StartPostgres(t).Database()) },
	} {
		t.Run(name, func(t *testing.T) {
			db := fresh()
			write(t, db, account, putAll(newAccount(account), user("AIDA1", "bob")))
			if err := db.Pretend(t.Context(), account, longAgo, "AIDA1"); err != nil {
				t.Fatal(err)
			}
			pruned(t, db)
			loaded, err := db.LoadAgain(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			same(t, loaded, db.Directory())
		})
	}
}

// A node that was away while the log that it needs was pruned reads the account anew.
func TestANodeCatchesUpPastAPrunedLog(t *testing.T) {
	server := realtools.StartPostgres(t)
	here, there := node(t, server.Database()), node(t, server.URL("test1"))
	write(t, here, account, putAll(newAccount(account), user("AIDA1", "bob"), user("AIDA2", "eve")))
	until(t, time.Second, "the beginning", has(there, "eve"))
	goOn := there.Lag(account)
	if err := here.Pretend(t.Context(), account, longAgo, "AIDA1"); err != nil {
		t.Fatal(err)
	}
	write(t, here, account, func(tx *store.Tx) error { return tx.Delete(user("AIDA2", "eve")) })
	pruned(t, here)
	write(t, here, account, putAll(user("AIDA3", "mallory")))
	if has(there, "mallory")() || !has(there, "eve")() {
		t.Error("the node that was held back has followed")
	}
	goOn()
	until(t, 3*time.Second, "catching up", has(there, "mallory"))
	same(t, here.Directory(), there.Directory())
}

// A write too large to be followed one by one leaves a gap in the log, and is followed.
func TestAWriteTooLargeForTheLog(t *testing.T) {
	server := realtools.StartPostgres(t)
	here, there := node(t, server.Database()), node(t, server.URL("test1"))
	write(t, here, account, putAll(newAccount(account)))
	until(t, time.Second, "the beginning", func() bool { return len(there.Directory().Accounts()) == 1 })
	many := make([]identity.Entity, store.MaxChanged+1)
	for i := range many {
		many[i] = user(fmt.Sprintf("AIDA%05d", i), fmt.Sprint("user", i))
	}
	write(t, here, account, putAll(many...))
	write(t, here, account, putAll(user("AIDAX", "last")))
	until(t, 5*time.Second, "catching up", has(there, "last"))
	same(t, here.Directory(), there.Directory())
	if rows, _, err := here.Logged(t.Context(), account); err != nil || rows != 2 {
		t.Errorf("the log has %d rows, %v", rows, err)
	}
}
