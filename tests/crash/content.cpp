// Walking pages.
#include "crash/content.h"

#include <charconv>

namespace ds {

std::optional<MessageId> parse_message_id(std::string_view message) {
    MessageId id;
    auto const take = [&](std::string_view prefix, std::uint64_t& number) {
        if (!message.starts_with(prefix)) return false;
        message.remove_prefix(prefix.size());
        auto const [end, error] =
            std::from_chars(message.data(), message.data() + message.size(), number);
        message.remove_prefix(static_cast<std::size_t>(end - message.data()));
        return error == std::errc{};
    };
    if (take("g", id.generation) && take(".w", id.writer) && take(".", id.append) &&
        take(".", id.index) && message.starts_with('.'))
        return id;
    return std::nullopt;
}

std::optional<std::vector<std::string>> split_page(std::string const& body, bool json) {
    std::vector<std::string> messages;
    std::string_view rest = body;
    if (json) {
        if (!rest.starts_with('[') || !rest.ends_with(']')) return std::nullopt;
        rest = rest.substr(1, rest.size() - 2);
    }
    while (!rest.empty()) {
        if (json && !rest.starts_with('"')) return std::nullopt;
        if (json) rest.remove_prefix(1);
        auto const end = rest.find(json ? '"' : ';');
        if (end == std::string_view::npos) return std::nullopt;
        messages.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end + 1);
        if (!json || rest.empty()) continue;
        if (!rest.starts_with(',')) return std::nullopt;
        rest.remove_prefix(1);
    }
    return messages;
}

std::optional<Content> read_content(HttpClient& client, std::string const& name, bool json,
                                    Dice& dice, std::string& why) {
    Content content;
    std::string at = "-1";
    auto const fail = [&](std::string const& what) {
        why = "reading " + name + " at " + at + ": " + what;
        return std::nullopt;
    };
    while (true) {
        auto const limit = dice.between(5, 400);
        auto const got = client.send({"GET", "/v1/stream/" + encode_path(name) + "?offset=" + at +
                                                 "&limit=" + std::to_string(limit)});
        if (!got) return fail(client.problem());
        if (got->status != 200) return fail("status " + std::to_string(got->status));
        auto const page = split_page(got->body, json);
        auto const next = got->value("stream-next-offset");
        if (!page)
            return fail("a page that is not made of whole messages: " + got->body.substr(0, 300));
        if (page->size() > limit) return fail("more messages than the limit");
        bool const up_to_date = got->header("stream-up-to-date").has_value();
        if (page->empty() && !up_to_date) return fail("an empty page before the tail");
        if (!page->empty() && next <= at) return fail("the next offset does not increase: " + next);
        content.messages.insert(content.messages.end(), page->begin(), page->end());
        auto const [known, is_new] = content.places.try_emplace(content.messages.size(), next);
        if (!is_new && known->second != next) return fail("two tokens for one place");
        at = next;
        if (!up_to_date) continue;
        content.closed = got->header("stream-closed").has_value();
        return content;
    }
}

} // namespace ds
