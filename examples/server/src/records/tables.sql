-- For SQLite and PostgreSQL. Whoever changes an account, or how many images it has, writes its row first: that is its lock.
create table accounts (
    id text primary key,
    -- Rises with each change of what follows `images`.
    version bigint not null,
    -- How many images there are, without drafts.
    images bigint not null,
    -- JSON, in the API's form.
    variants text not null,
    signing_keys text not null,
    flexible_variants bigint not null,
    browser_ttl bigint not null
);

create table images (
    account text not null references accounts (id),
    id text not null,
    -- The place in lists: the time of the upload, then digits that no other image has.
    position text not null,
    -- Unix milliseconds.
    uploaded bigint not null,
    creator text,
    filename text,
    meta text,
    require_signed_urls bigint not null,
    -- The key of the original.
    object text not null unique,
    digest text not null,
    bytes bigint not null,
    format text not null,
    width bigint not null,
    height bigint not null,
    has_alpha bigint not null,
    frames bigint not null,
    -- Of drafts only: the digest of the token that finishes it, and until when, in Unix seconds.
    draft_token text,
    draft_expires bigint,
    primary key (account, id)
);

create unique index images_by_position on images (account, position);

-- The first characters only, because an entry of an index has at most 2704 bytes in PostgreSQL.
create index images_by_creator on images (account, substr(creator, 1, 64), position);

create index drafts_by_expiry on images (draft_expires) where draft_expires is not null;
