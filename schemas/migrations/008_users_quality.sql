-- data_quality tells countries that were only spelled otherwise from those that were inferred.

create or replace view data_quality as
select
  source_system,
  count(*)                                                    as user_count,
  count(*) filter (where email is null or email = '')         as missing_email,
  count(*) filter (where email <> '' and not is_valid_email_flag) as invalid_email,
  count(*) filter (where full_name is null)                   as missing_name,
  count(*) filter (where phone is null or phone = '')         as missing_phone,
  count(*) filter (where country is null or country = '')     as missing_country,
  count(*) filter (where inferred_country is null)            as unresolved_country,
  count(*) filter (where is_repaired)                         as repaired_country,
  count(*) filter (where normalized_email is not null)
    - count(distinct normalized_email)                        as duplicate_email,
  count(*) filter (where is_repaired and is_given)            as respelled_country,
  count(*) filter (where is_repaired and not is_given)        as guessed_country
from (
  -- By name: a view over every column would keep all of them from being changed.
  select source_system, email, is_valid_email_flag, full_name, phone, country, inferred_country, normalized_email, cdc_operation,
    country is distinct from inferred_country and inferred_country is not null as is_repaired,
    -- Rows of 0.1.0 and before may have no country_source.
    coalesce(country_source = 'country', country is not null and country <> '') as is_given
  from users_enriched
) as users
where cdc_operation <> 'DELETE'
group by 1;
comment on column data_quality.repaired_country is 'respelled_country and guessed_country together.';
comment on column data_quality.respelled_country is 'Country given in another spelling than ISO 3166-1 alpha-2, such as USA for US.';
comment on column data_quality.guessed_country is 'Country inferred from other cells, because it was not given or could not be read.';
