// Streams as subscriptions see them, in memory: names, identities and how far each has grown.
#pragma once

#include "jobs/webhooks/streams_view.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace ds::test {

// Places are messages, all of them in segment 0.
class StreamsWorld final : public webhooks::StreamsView {
public:
    static webhooks::StreamPosition place_at(std::uint64_t position) {
        return {position, Offset{0, position}};
    }
    static std::string token(std::uint64_t position) { return format_offset({0, position}); }

    void create(std::string const& name) { streams_[name] = {next_id_++, 0}; }
    void append(std::string const& name, std::uint64_t messages = 1) {
        streams_.at(name).end += messages;
    }
    void remove(std::string const& name) { streams_.erase(name); }
    std::uint64_t end(std::string const& name) const { return streams_.at(name).end; }
    bool has(std::string const& name) const { return streams_.contains(name); }

    webhooks::Seen look(std::string const& full_name) override {
        watched.insert(full_name);
        auto const found = streams_.find(full_name);
        if (found == streams_.end()) return {};
        return {found->second.id, place_at(found->second.end)};
    }
    void forget(std::string const& full_name) override { watched.erase(full_name); }
    std::optional<webhooks::StreamPosition> position_of(std::string const& full_name,
                                                        std::string_view token_text) override {
        auto const found = streams_.find(full_name);
        auto const offset = parse_offset(token_text);
        if (found == streams_.end() || !offset || offset->segment != 0) return std::nullopt;
        if (offset->position > found->second.end) return std::nullopt;
        return webhooks::StreamPosition{offset->position, *offset};
    }
    std::size_t count() const override { return streams_.size(); }
    void each(std::function<More(std::string const& full_name)> const& visit) override {
        for (auto const& [name, stream] : streams_) {
            ++visits;
            if (visit(name) == More::no) return;
        }
    }

    std::set<std::string> watched;
    std::size_t visits = 0; // that each() has made

private:
    struct Kept {
        std::int64_t id;
        std::uint64_t end;
    };
    std::map<std::string, Kept> streams_;
    std::int64_t next_id_ = 1;
};

} // namespace ds::test
