// Rebuilding the index from the log.
#include "engine/recovery.h"

#include <unordered_map>
#include <utility>

namespace ds {

namespace {

class Recovery {
public:
    explicit Recovery(Catalog& catalog) : catalog_(catalog) {}

    // A fork's id is larger than its source's, so the source is there when the fork comes.
    Result<void> take(StreamRecord const& record) {
        auto const full = std::string_view(record.name);
        auto const slash = full.find('/');
        if (slash == std::string_view::npos)
            return Error{Fault::corrupt, "stream " + std::to_string(record.id) + " has no project"};
        auto name = TRY(make_stream_name(full.substr(0, slash), full.substr(slash + 1)));
        std::shared_ptr<Stream> source;
        if (record.fork) {
            auto const found = by_id_.find(record.fork->source);
            if (found == by_id_.end())
                return Error{Fault::corrupt, record.name + " is a fork of nothing"};
            source = found->second;
            ++source->writers().forks;
        }
        auto stream = std::make_shared<Stream>(record, std::move(name), std::move(source));
        if (!std::holds_alternative<Forever>(record.lifetime)) result.mortal.push_back(stream);
        by_id_.emplace(record.id, stream);
        catalog_.put(std::move(stream));
        return {};
    }

    Result<void> take(LogRecord const& row) {
        ++result.rows;
        result.last_seq = row.seq;
        auto const found = by_id_.find(row.stream);
        if (found == by_id_.end()) {
            result.garbage.push_back(row.seq);
            return {};
        }
        if (found->second->recover(row)) return {};
        return Error{Fault::corrupt, "row " + std::to_string(row.seq) + " of " +
                                         found->second->name.full() +
                                         " does not follow the row before it"};
    }

    Recovered result;

private:
    Catalog& catalog_;
    std::unordered_map<std::int64_t, std::shared_ptr<Stream>> by_id_;
};

} // namespace

Result<Recovered> recover(HotLog& log, Catalog& catalog) {
    Recovery recovery(catalog);
    TRY(log.each_stream([&](StreamRecord const& record) { return recovery.take(record); }));
    TRY(log.each_row([&](LogRecord const& row) { return recovery.take(row); }));
    recovery.result.last_stream = TRY(log.last_stream_id());
    return std::move(recovery.result);
}

} // namespace ds
