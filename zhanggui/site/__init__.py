"""Settings, urls, the server and the command line `zhanggui`; knows everybody, known by nobody."""
