// Configurations of reverse proxies in front of a server: settings to text.
//
// They all promise the same: live reads pass at once and are not cut, bodies are as large as the
// server takes them, the client's address is that of who connected, or of whom a CDN names whose
// networks are known, and what a request says with a token is kept from everybody else. Where they
// cache, equal reads are one request to the server, and an answer is kept as long as the server
// said; how long that is, and who may have it, nobody else decides.
#pragma once

#include "proxy/settings.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace ds::proxy {

std::string configuration(Site const& site);

// The parts, one for each kind.
std::string nginx_configuration(Site const& site);
std::string varnish_configuration(Site const& site);
std::string caddy_configuration(Site const& site);

// `form` with "@NAME@" replaced by what NAME stands for; each of them must be there.
std::string filled(std::string form,
                   std::initializer_list<std::pair<std::string_view, std::string>> values);

// A query that consists of parameters of a read, each once, and whose values mean what they spell.
// Only such queries are put in order for the key of a cache. Any other is a key as it came: a cache
// must not take two reads for the same that the server tells apart, or a reader key for another.
inline constexpr std::string_view k_plain_query =
    "(?!(?:.*&)?(offset|limit|live|cursor|rk)=.*&\\1=)"
    "(?:(?:offset|limit|live|cursor|rk)=[A-Za-z0-9_.~-]+(?:&(?=.)|$))+$";

// How the server has to be started for it: "ds serve --listen ... --trust-proxy ...".
std::string server_command(Site const& site);
// The same for a comment of a configuration: the lines after the first begin with "# ".
std::string server_lines(Site const& site);

} // namespace ds::proxy
