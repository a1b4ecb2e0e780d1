-- +goose Up
-- One text for SQLite and PostgreSQL: only text, bigint, integer, boolean;
-- times in microseconds since 1970 UTC, 0 for none; lists without a life of
-- their own as JSON text. name_key is the name as it is compared.

CREATE TABLE meta (
    name  text NOT NULL PRIMARY KEY,
    value text NOT NULL
);

CREATE TABLE account (
    partition text   NOT NULL,
    account  text   NOT NULL PRIMARY KEY,
    name     text   NOT NULL,
    alias    text,
    created  bigint NOT NULL,
    revision bigint NOT NULL,
    UNIQUE (partition, alias)
);

CREATE TABLE iam_policy (
    partition text    NOT NULL,
    account         text    NOT NULL REFERENCES account (account),
    id              text    NOT NULL,
    name            text    NOT NULL,
    name_key        text    NOT NULL,
    path            text    NOT NULL,
    description     text    NOT NULL,
    created         bigint  NOT NULL,
    updated         bigint  NOT NULL,
    default_version text    NOT NULL,
    latest_version  integer NOT NULL,
    tags            text    NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, name_key)
);

CREATE TABLE iam_policy_version (
    partition text   NOT NULL,
    account   text   NOT NULL,
    policy_id text   NOT NULL,
    version   text   NOT NULL,
    document  text   NOT NULL,
    created   bigint NOT NULL,
    PRIMARY KEY (account, policy_id, version),
    FOREIGN KEY (account, policy_id) REFERENCES iam_policy (account, id)
);

CREATE TABLE iam_group (
    partition text   NOT NULL,
    account  text   NOT NULL REFERENCES account (account),
    id       text   NOT NULL,
    name     text   NOT NULL,
    name_key text   NOT NULL,
    path     text   NOT NULL,
    created  bigint NOT NULL,
    inline   text   NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, name_key)
);

CREATE TABLE iam_user (
    partition text   NOT NULL,
    account  text   NOT NULL REFERENCES account (account),
    id       text   NOT NULL,
    name     text   NOT NULL,
    name_key text   NOT NULL,
    path     text   NOT NULL,
    created  bigint NOT NULL,
    tags     text   NOT NULL,
    inline   text   NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, name_key)
);

CREATE TABLE iam_role (
    partition text   NOT NULL,
    account     text   NOT NULL REFERENCES account (account),
    id          text   NOT NULL,
    name        text   NOT NULL,
    name_key    text   NOT NULL,
    path        text   NOT NULL,
    description text   NOT NULL,
    created     bigint NOT NULL,
    trust       text   NOT NULL,
    max_session bigint NOT NULL,
    tags        text   NOT NULL,
    inline      text   NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, name_key)
);

CREATE TABLE iam_member (
    partition text NOT NULL,
    account  text NOT NULL,
    group_id text NOT NULL,
    user_id  text NOT NULL,
    PRIMARY KEY (account, user_id, group_id),
    FOREIGN KEY (account, group_id) REFERENCES iam_group (account, id),
    FOREIGN KEY (account, user_id) REFERENCES iam_user (account, id)
);
CREATE INDEX iam_member_group ON iam_member (account, group_id);

-- Which user, group or role (its unique id) uses which managed policy, and as
-- what: 'policy' or 'boundary'. policy_id is null for AWS's own policies.
CREATE TABLE iam_attachment (
    partition text NOT NULL,
    account    text NOT NULL REFERENCES account (account),
    owner_id   text NOT NULL,
    usage      text NOT NULL,
    policy_arn text NOT NULL,
    policy_id  text,
    PRIMARY KEY (account, owner_id, usage, policy_arn),
    FOREIGN KEY (account, policy_id) REFERENCES iam_policy (account, id)
);
CREATE INDEX iam_attachment_policy ON iam_attachment (account, policy_id);

-- user_id is null for a key of the account's root user.
CREATE TABLE access_key (
    partition text   NOT NULL,
    account text   NOT NULL REFERENCES account (account),
    id      text   NOT NULL PRIMARY KEY,
    user_id text,
    sealed  text   NOT NULL,
    status  text   NOT NULL,
    created bigint NOT NULL,
    FOREIGN KEY (account, user_id) REFERENCES iam_user (account, id)
);
CREATE INDEX access_key_user ON access_key (account, user_id);

CREATE TABLE service_credential (
    partition text   NOT NULL,
    account text   NOT NULL REFERENCES account (account),
    id      text   NOT NULL PRIMARY KEY,
    user_id text   NOT NULL,
    service text   NOT NULL,
    alias   text   NOT NULL UNIQUE,
    hash    text   NOT NULL,
    status  text   NOT NULL,
    created bigint NOT NULL,
    expires bigint NOT NULL,
    FOREIGN KEY (account, user_id) REFERENCES iam_user (account, id)
);
CREATE INDEX service_credential_user ON service_credential (account, user_id);

CREATE TABLE inference_config (
    partition text NOT NULL,
    account       text NOT NULL REFERENCES account (account),
    principal_arn text NOT NULL,
    region        text NOT NULL,
    PRIMARY KEY (account, principal_arn)
);

-- What was written, in order, so that other nodes can follow. One write is
-- one revision of its account.
CREATE TABLE change (
    partition text    NOT NULL,
    account  text    NOT NULL,
    revision bigint  NOT NULL,
    seq      integer NOT NULL,
    kind     text    NOT NULL,
    id       text    NOT NULL,
    deleted  boolean NOT NULL,
    at       bigint  NOT NULL,
    PRIMARY KEY (account, revision, seq)
);

-- +goose Down
DROP TABLE change;
DROP TABLE inference_config;
DROP TABLE service_credential;
DROP TABLE access_key;
DROP TABLE iam_attachment;
DROP TABLE iam_member;
DROP TABLE iam_role;
DROP TABLE iam_user;
DROP TABLE iam_group;
DROP TABLE iam_policy_version;
DROP TABLE iam_policy;
DROP TABLE account;
DROP TABLE meta;
