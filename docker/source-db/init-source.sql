-- The source of the profile `cdc`, made when its volume is empty: a table with rows for a snapshot.

create table users (
  id         bigint generated always as identity primary key,
  username   varchar(50)  not null unique,
  email      varchar(255) not null,
  created_at timestamptz  not null default current_timestamp,
  updated_at timestamptz  not null default current_timestamp
);

insert into users (username, email)
select 'user' || n, 'user' || n || '@example.com' from generate_series(1, 100) n;
