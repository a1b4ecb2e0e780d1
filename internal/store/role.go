package store

import (
	"context"
	"time"

	"hardpan/internal/identity"
)

func (tx *Tx) putRole(r *identity.Role) error {
	tags, err := jsonText(r.Tags)
	if err != nil {
		return err
	}
	inline, err := jsonText(r.Inline)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO iam_role (partition, account, id, name, name_key, path, description, created, trust, max_session, tags, inline)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (account, id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
			path = excluded.path, description = excluded.description, trust = excluded.trust,
			max_session = excluded.max_session, tags = excluded.tags, inline = excluded.inline`,
		r.Partition, r.Account, r.ID, r.Name, identity.FoldName(r.Name), r.Path, r.Description,
		micros(r.Created), r.Trust, r.MaxSession.Microseconds(), tags, inline)
	if err != nil {
		return err
	}
	return tx.putAttachments(r.Scope, r.ID, r.Attached, r.Boundary)
}

func (tx *Tx) deleteRole(id string) (int64, error) {
	if err := tx.deleteAttachments(id); err != nil {
		return 0, err
	}
	return tx.exec(`DELETE FROM iam_role WHERE account = $1 AND id = $2`, tx.account, id)
}

func loadRoles(ctx context.Context, q querier, x extent, out emit) error {
	attached, err := loadAttachments(ctx, q, x)
	if err != nil {
		return err
	}
	return each(ctx, q, "roles", `SELECT partition, account, id, name, path, description, created, trust, max_session, tags, inline
		FROM iam_role`, "id", x,
		func(scan func(...any) error) error {
			r := &identity.Role{}
			var created, session int64
			var tags, inline string
			err := scan(&r.Partition, &r.Account, &r.ID, &r.Name, &r.Path, &r.Description,
				&created, &r.Trust, &session, &tags, &inline)
			if err != nil {
				return err
			}
			if r.Tags, err = fromJSON[identity.Tag](tags); err != nil {
				return err
			}
			if r.Inline, err = fromJSON[identity.InlinePolicy](inline); err != nil {
				return err
			}
			r.Created, r.MaxSession = fromMicros(created), time.Duration(session)*time.Microsecond
			key := owned{r.Account, r.ID}
			r.Attached, r.Boundary = attached[key].policies, attached[key].boundary
			return out(r)
		})
}
