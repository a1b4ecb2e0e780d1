package store_test

import (
	"context"
	"fmt"
	"testing"

	"hardpan/internal/store"
)

// filled is a database with n users in one account.
func filled(b *testing.B, path string, n int) *store.DB {
	db, err := store.Open(context.Background(), path)
	if err != nil {
		b.Fatal(err)
	}
	err = db.Write(context.Background(), account, now, func(tx *store.Tx) error {
		if err := tx.Put(newAccount(account)); err != nil {
			return err
		}
		for i := range n {
			if err := tx.Put(user(fmt.Sprintf("AIDA%06d", i), fmt.Sprintf("user-%06d", i))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return db
}

func BenchmarkWriteAmong20000Users(b *testing.B) {
	db := filled(b, b.TempDir()+"/w.db", 20_000)
	defer func() { _ = db.Close() }()
	n := 0
	for b.Loop() {
		n++
		err := db.Write(context.Background(), account, now, func(tx *store.Tx) error {
			return tx.Put(user(fmt.Sprintf("AIDA%06d", n%20_000), fmt.Sprintf("user-%06d", n%20_000)))
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenWith20000Users(b *testing.B) {
	path := b.TempDir() + "/o.db"
	if err := filled(b, path, 20_000).Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		db, err := store.Open(context.Background(), path)
		if err != nil {
			b.Fatal(err)
		}
		if s, _ := db.Directory().Account(account); s == nil {
			b.Fatal("nothing loaded")
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
