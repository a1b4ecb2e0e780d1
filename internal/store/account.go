package store

import (
	"context"
	"database/sql"

	"hardpan/internal/identity"
)

func (tx *Tx) putAccount(a *identity.Account) error {
	_, err := tx.exec(`INSERT INTO account (partition, account, name, alias, created, revision)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (account) DO UPDATE SET partition = excluded.partition, name = excluded.name,
			alias = excluded.alias, created = excluded.created`,
		a.Partition, a.Account, a.Name, optional(a.Alias), micros(a.Created), tx.revision)
	return err
}

func loadAccounts(ctx context.Context, q querier, x extent, out emit) error {
	return each(ctx, q, "accounts", `SELECT partition, account, name, alias, created
		FROM account`, "account", x,
		func(scan func(...any) error) error {
			a, alias, created := &identity.Account{}, sql.NullString{}, int64(0)
			if err := scan(&a.Partition, &a.Account, &a.Name, &alias, &created); err != nil {
				return err
			}
			a.Alias, a.Created = alias.String, fromMicros(created)
			return out(a)
		})
}

// loadRevisions returns the revision of each account.
func loadRevisions(ctx context.Context, q querier) (map[string]int64, error) {
	revisions := map[string]int64{}
	err := each(ctx, q, "revisions", `SELECT account, revision FROM account`, "account", all,
		func(scan func(...any) error) error {
			var account string
			var revision int64
			if err := scan(&account, &revision); err != nil {
				return err
			}
			revisions[account] = revision
			return nil
		})
	return revisions, err
}

// optional stores an empty text as null, which unique and foreign keys ignore.
func optional(text string) sql.NullString {
	return sql.NullString{String: text, Valid: text != ""}
}
