//! What Rollcall says in Redis: the nine key patterns, and the commands that make Redis say it.
