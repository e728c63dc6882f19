-- What a service knows about its memories and its jobs, in SQL that H2 and PostgreSQL both understand. Each statement may be
-- run again, as a service that was killed in between does.

create table if not exists memories (
    name varchar(100) primary key,
    -- of the folder in objects/
    digest varchar(64) not null,
    -- the fingerprint of the base's weights; empty if it isn't known
    base varchar(64) not null,
    adapter varchar(200) not null,
    -- the fingerprint of what it was encoded with; empty if it was imported
    writer varchar(64) not null,
    -- of the file in texts/; empty if the text isn't kept
    text varchar(64) not null,
    source varchar(4000) not null,
    sha256 varchar(64) not null,
    tokens bigint not null,
    segments bigint not null,
    -- as a list in JSON
    losses varchar(100000) not null,
    encoded timestamp with time zone not null,
    bytes bigint not null,
    created timestamp with time zone not null,
    used timestamp with time zone not null,
    uses bigint not null,
    pinned boolean not null
);

create table if not exists jobs (
    id varchar(36) primary key,
    memory varchar(100) not null,
    state varchar(20) not null,
    text varchar(64) not null,
    replaces boolean not null,
    forced boolean not null,
    keeps boolean not null,
    total bigint not null,
    losses varchar(100000) not null,
    error varchar(100000) not null,
    created timestamp with time zone not null
);
