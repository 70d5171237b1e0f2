// How a lane is: what its commits and its log tell, and what it says of it.
#include "base/log.h"
#include "engine/lane.h"

#include <algorithm>
#include <string>
#include <utility>

namespace ds {

namespace {

constexpr std::int64_t k_mib_signed{k_mib};
// After a row that could not be written, asks are settled one by one for so long.
constexpr std::chrono::seconds k_apart{10};

} // namespace

void Lane::tend_log() {
    auto const tended = shelf_.log.tend();
    if (!tended) log_event(Level::warn, "lane.checkpoint_failed", {{"error", tended.error().what}});
    auto const held = shelf_.log.held_bytes();
    auto const before = held_bytes_.exchange(held);
    if ((held > 0) == (before > 0)) return;
    auto const lane = settings_.number;
    auto const size = std::to_string(std::max(held, before) / k_mib_signed) + " MiB";
    if (held > 0)
        log_event(Level::warn, "log.held",
                  {{"lane", lane},
                   {"size", size},
                   {"effect", "a reader holds the log of the lane: its file grows until the reader "
                              "ends its transaction; writers do not wait"}});
    else
        log_event(Level::info, "log.free", {{"lane", lane}, {"size", size}});
}

std::optional<std::string> Lane::held_log() const {
    auto const held = held_bytes_.load(std::memory_order_relaxed);
    if (held == 0) return std::nullopt;
    return "a reader holds the log of lane " + std::to_string(settings_.number) + ": " +
           std::to_string(held / k_mib_signed) + " MiB";
}

Refusal Lane::note_fault(Error const& error, Millis now) {
    // The disk is well; who asks again may find memory.
    if (std::exchange(starved_, false)) {
        log_event(Level::error, "lane.no_memory",
                  {{"lane", settings_.number}, {"effect", "a batch of requests was refused"}});
        return Refusal::busy;
    }
    if (is_of_a_row(error.fault)) {
        if (now >= apart_until_)
            log_event(Level::error, "lane.row_refused",
                      {{"lane", settings_.number},
                       {"error", error.what},
                       {"effect", "what was asked together with it failed, and is asked again"}});
        apart_until_ = now + k_apart;
        return Refusal::storage_failing;
    }
    if (!sick_)
        log_event(Level::error, "lane.sick",
                  {{"lane", settings_.number},
                   {"error", error.what},
                   {"effect", "writes are refused, reads go on"}});
    sick_ = true;
    *sickness_.lock() = error.what;
    return error.fault == Fault::full ? Refusal::storage_full : Refusal::storage_failing;
}

void Lane::note_success() {
    if (!sick_) return;
    sick_ = false;
    sickness_.lock()->reset();
    log_event(Level::info, "lane.well", {{"lane", settings_.number}});
}

} // namespace ds
