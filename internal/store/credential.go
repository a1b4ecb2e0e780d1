package store

import (
	"context"
	"encoding/hex"
	"fmt"

	"hardpan/internal/identity"
)

func (tx *Tx) putCredential(c *identity.ServiceCredential) error {
	return tx.exclusively(c.Ref(), `INSERT INTO service_credential (partition, account, id, user_id, service, alias, hash, status, created, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (id) DO UPDATE SET alias = excluded.alias, hash = excluded.hash,
			status = excluded.status, expires = excluded.expires
			WHERE service_credential.account = excluded.account`,
		c.Partition, c.Account, c.ID, c.UserID, c.Service, c.Alias, hex.EncodeToString(c.Hash[:]),
		string(c.Status), micros(c.Created), micros(c.Expires))
}

func loadCredentials(ctx context.Context, q querier, x extent, out emit) error {
	return each(ctx, q, "service credentials", `SELECT partition, account, id, user_id, service, alias, hash, status, created, expires
		FROM service_credential`, "id", x,
		func(scan func(...any) error) error {
			c := &identity.ServiceCredential{}
			var hash string
			var created, expires int64
			err := scan(&c.Partition, &c.Account, &c.ID, &c.UserID, &c.Service, &c.Alias, &hash,
				&c.Status, &created, &expires)
			if err != nil {
				return err
			}
			if n, err := hex.Decode(c.Hash[:], []byte(hash)); err != nil || n != len(c.Hash) {
				return fmt.Errorf("the hash of %s is damaged: %w", c.ID, err)
			}
			c.Created, c.Expires = fromMicros(created), fromMicros(expires)
			return out(c)
		})
}
