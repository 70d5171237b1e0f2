// The deeds on projects, and what they answer.
#include "admin/project_operation.h"

#include "auth/jwt.h"
#include "auth/project_keys.h"
#include "auth/projects.h"
#include "base/crypto.h"
#include "base/encoding.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace ds {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t k_token_seconds_max = std::int64_t{10} * 366 * 24 * 3600;

// What is asked, and of which project.
struct Order {
    Console& console;
    std::string name;
    Json const& arguments;

    Projects& projects() const { return console.projects(); }
};
using JsonResult = Result<Json>;

Result<std::string> text_in(Json const& arguments, char const* name) {
    auto const found = arguments.find(name);
    if (found == arguments.end() || !found->is_string() || found->get<std::string>().empty())
        return Error{Fault::invalid, std::string(name) + " is missing"};
    return found->get<std::string>();
}

JsonResult show(Order const& order) {
    auto const project = TRY(order.projects().get(order.name));
    return Json::parse(describe(*project));
}

JsonResult create(Order const& order) {
    bool const first = !order.projects().directory()->had_any;
    auto const record = order.arguments.find("import");
    bool const imports = record != order.arguments.end();
    auto const secret = imports ? std::string() : new_secret();
    auto const wanted = order.arguments.value("settings", Json::object());
    auto settings = TRY(imports ? import_settings(record->dump())
                                : change_settings({{secret}, {}}, wanted.dump()));
    TRY(order.projects().create(order.name, std::move(settings), order.console.clock().now()));
    auto document = TRY(show(order));
    if (!imports) document["secret"] = secret;
    document["first"] = first;
    return document;
}

JsonResult remove(Order const& order) {
    TRY(order.projects().remove(order.name));
    return Json{{"removed", order.name}};
}

JsonResult set(Order const& order) {
    auto const wanted = order.arguments.value("settings", Json::object()).dump();
    auto const change = [&](ProjectSettings& settings) -> Result<void> {
        settings = TRY(change_settings(settings, wanted));
        return {};
    };
    TRY(order.projects().change(order.name, change));
    return show(order);
}

JsonResult add_key(Order const& order) {
    auto const given = order.arguments.value("secret", std::string());
    auto const secret = given.empty() ? new_secret() : given;
    TRY(order.projects().change(
        order.name, [&](ProjectSettings& settings) { return add_secret(settings, secret); }));
    auto document = TRY(show(order));
    document["secret"] = secret;
    return document;
}

JsonResult remove_key(Order const& order) {
    auto const key = TRY(text_in(order.arguments, "key"));
    TRY(order.projects().change(
        order.name, [&](ProjectSettings& settings) { return remove_secret(settings, key); }));
    return show(order);
}

JsonResult add_origin(Order const& order) {
    auto const origin = TRY(text_in(order.arguments, "origin"));
    TRY(check_origin(origin));
    TRY(order.projects().change(order.name, [&](ProjectSettings& settings) -> Result<void> {
        auto& all = settings.cors_origins;
        if (std::ranges::find(all, origin) != all.end()) return {};
        if (all.size() >= k_origins_max)
            return Error{Fault::busy, "the project has as many origins as can be"};
        all.push_back(origin);
        return {};
    }));
    return show(order);
}

JsonResult remove_origin(Order const& order) {
    auto const origin = TRY(text_in(order.arguments, "origin"));
    TRY(order.projects().change(order.name, [&](ProjectSettings& settings) -> Result<void> {
        if (std::erase(settings.cors_origins, origin) == 0)
            return Error{Fault::missing, "the project does not name " + origin};
        return {};
    }));
    return show(order);
}

JsonResult token(Order const& order) {
    auto const project = TRY(order.projects().get(order.name));
    auto const token =
        TRY(mint_token(order.arguments.dump(), project->settings.signing_secrets.front(),
                       order.console.clock().now()));
    return Json::parse(token);
}

JsonResult reader_key(Order const& order) {
    auto const text = TRY(text_in(order.arguments, "stream"));
    auto const name = TRY(make_stream_name(order.name, text));
    auto const stream = TRY(order.console.stream(name.full()));
    if (!stream) return Error{Fault::missing, "there is no stream " + name.full()};
    TRY(order.projects().change_reader_key(name));
    auto const all = order.projects().directory();
    return Json{{"readerKey", order.projects().reader_key(*all, name, stream->id)}};
}

struct Deed {
    std::string_view name;
    JsonResult (*carry_out)(Order const& order);
};
constexpr std::array<Deed, 10> k_deeds{{{"add-key", add_key},
                                        {"add-origin", add_origin},
                                        {"create", create},
                                        {"reader-key", reader_key},
                                        {"remove", remove},
                                        {"remove-key", remove_key},
                                        {"remove-origin", remove_origin},
                                        {"set", set},
                                        {"show", show},
                                        {"token", token}}};

} // namespace

Result<std::string> project_operation(Console& console, std::string_view arguments) {
    auto const parsed = Json::parse(arguments);
    if (!parsed.contains("name")) return describe(*console.projects().directory());
    Order const order{console, TRY(text_in(parsed, "name")), parsed};
    auto const wanted = TRY(text_in(parsed, "do"));
    auto const* deed = std::ranges::find(k_deeds, wanted, &Deed::name);
    if (deed == k_deeds.end())
        return Error{Fault::invalid, "nothing called '" + wanted + "' is done with projects"};
    auto const done = TRY(deed->carry_out(order));
    return done.dump();
}

Result<std::string> mint_token(std::string_view arguments, std::string_view secret, Millis now) {
    auto const parsed = Json::parse(arguments);
    auto const scope = parse_token_scope(parsed.value("scope", std::string("read")));
    if (!scope) return Error{Fault::invalid, "the scope must be read, write or manage"};
    auto const seconds = parsed.value("seconds", std::int64_t{3600});
    if (seconds < 1 || seconds > k_token_seconds_max)
        return Error{Fault::invalid, "a token lives for 1 second to 10 years"};
    Claims claims;
    claims.sub = TRY(text_in(parsed, "name"));
    claims.scope = *scope;
    claims.iat = count_ms(now) / 1'000;
    claims.exp = *claims.iat + seconds;
    if (parsed.contains("stream")) {
        auto const stream = TRY(text_in(parsed, "stream"));
        TRY(make_stream_name(claims.sub, stream));
        claims.stream_id = stream;
    }
    Json const document{{"token", sign_token(claims, secret)},
                        {"expires", format_rfc3339(from_count_ms(claims.exp * 1'000))}};
    return document.dump();
}

} // namespace ds
