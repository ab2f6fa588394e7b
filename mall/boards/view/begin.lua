-- Empties a view for a build; a build before it notices. KEYS: members, ranks. ARGV: the token.
redis.call('UNLINK', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'state', ARGV[1], 'size', 0)
return 1
