-- Runs when the volume of the profile `airline` is empty. The image gives the account rights in its own database only; a
-- target also has a database `sluice` for checkpoints and dead letters, and each schema of the source becomes a database.
grant all on *.* to 'sluice'@'%' with grant option;
