package store

import (
	"context"
	"database/sql"
	"encoding/base64"

	"hardpan/internal/identity"
)

func (tx *Tx) putAccessKey(k *identity.AccessKey) error {
	return tx.exclusively(k.Ref(), `INSERT INTO access_key (partition, account, id, user_id, sealed, status, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, status = excluded.status
			WHERE access_key.account = excluded.account`,
		k.Partition, k.Account, k.ID, optional(k.UserID), base64.StdEncoding.EncodeToString(k.Sealed),
		string(k.Status), micros(k.Created))
}

func loadAccessKeys(ctx context.Context, q querier, x extent, out emit) error {
	return each(ctx, q, "access keys", `SELECT partition, account, id, user_id, sealed, status, created
		FROM access_key`, "id", x,
		func(scan func(...any) error) error {
			k := &identity.AccessKey{}
			var user sql.NullString
			var sealed string
			var created int64
			err := scan(&k.Partition, &k.Account, &k.ID, &user, &sealed, &k.Status, &created)
			if err != nil {
				return err
			}
			if k.Sealed, err = base64.StdEncoding.DecodeString(sealed); err != nil {
				return err
			}
			k.UserID, k.Created = user.String, fromMicros(created)
			return out(k)
		})
}
