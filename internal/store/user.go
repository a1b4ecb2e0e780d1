package store

import (
	"context"

	"hardpan/internal/identity"
)

func (tx *Tx) putUser(u *identity.User) error {
	tags, err := jsonText(u.Tags)
	if err != nil {
		return err
	}
	inline, err := jsonText(u.Inline)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO iam_user (partition, account, id, name, name_key, path, created, tags, inline)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (account, id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
			path = excluded.path, tags = excluded.tags, inline = excluded.inline`,
		u.Partition, u.Account, u.ID, u.Name, identity.FoldName(u.Name), u.Path, micros(u.Created), tags, inline)
	if err != nil {
		return err
	}
	if err := tx.putAttachments(u.Scope, u.ID, u.Attached, u.Boundary); err != nil {
		return err
	}
	return tx.putMemberships(u)
}

func (tx *Tx) putMemberships(u *identity.User) error {
	if _, err := tx.exec(`DELETE FROM iam_member WHERE account = $1 AND user_id = $2`, u.Account, u.ID); err != nil {
		return err
	}
	for _, group := range u.Groups {
		_, err := tx.exec(`INSERT INTO iam_member (partition, account, group_id, user_id) VALUES ($1, $2, $3, $4)`,
			u.Partition, u.Account, group, u.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) deleteUser(id string) (int64, error) {
	if err := tx.deleteAttachments(id); err != nil {
		return 0, err
	}
	if _, err := tx.exec(`DELETE FROM iam_member WHERE account = $1 AND user_id = $2`, tx.account, id); err != nil {
		return 0, err
	}
	return tx.exec(`DELETE FROM iam_user WHERE account = $1 AND id = $2`, tx.account, id)
}

func loadUsers(ctx context.Context, q querier, x extent, out emit) error {
	attached, err := loadAttachments(ctx, q, x)
	if err != nil {
		return err
	}
	groups, err := loadMemberships(ctx, q, x)
	if err != nil {
		return err
	}
	return each(ctx, q, "users", `SELECT partition, account, id, name, path, created, tags, inline
		FROM iam_user`, "id", x,
		func(scan func(...any) error) error {
			u := &identity.User{}
			var created int64
			var tags, inline string
			err := scan(&u.Partition, &u.Account, &u.ID, &u.Name, &u.Path, &created, &tags, &inline)
			if err != nil {
				return err
			}
			if u.Tags, err = fromJSON[identity.Tag](tags); err != nil {
				return err
			}
			if u.Inline, err = fromJSON[identity.InlinePolicy](inline); err != nil {
				return err
			}
			key := owned{u.Account, u.ID}
			u.Created, u.Groups = fromMicros(created), groups[key]
			u.Attached, u.Boundary = attached[key].policies, attached[key].boundary
			return out(u)
		})
}

func loadMemberships(ctx context.Context, q querier, x extent) (map[owned][]string, error) {
	groups := map[owned][]string{}
	err := each(ctx, q, "group members", `SELECT account, user_id, group_id
		FROM iam_member`, "user_id", x,
		func(scan func(...any) error) error {
			var user owned
			var group string
			if err := scan(&user.account, &user.id, &group); err != nil {
				return err
			}
			groups[user] = append(groups[user], group)
			return nil
		})
	return groups, err
}
