// What a month costs: the reference architecture without a cache and behind several, and ds on one
// machine, as lines of a bill. Pure arithmetic.
//
// Quantities are kept as they come out, and a line's amount is quantity * price / per: nothing is
// rounded before it is printed.
#pragma once

#include "base/result.h"
#include "loadtest/month.h"
#include "loadtest/prices.h"

#include <optional>
#include <string>
#include <vector>

namespace ds::loadtest {

// Which share of the reads a cache answers.
struct Rates {
    double cdn = 0.999;
    double edge = 0.91;         // the reference's edge cache, where there is no CDN in front
    double edge_behind_cdn = 0; // and of what the CDN lets through
    std::string note = "at the given HIT rate"; // where the CDN's is from
};

enum class Allowances : bool { no, yes }; // what is included, and the fee of the plan

struct Line {
    Item item;
    std::string what; // "reads that reach a worker"
    double quantity = 0;
    double included = 0;    // of the quantity; not paid for
    double amount = 0;      // dollars
    bool published = false; // whether the published tables of the reference count this, too
};

struct Scenario {
    std::string id; // "reference-cdn"
    std::string name;
    std::string note;
    std::vector<Line> lines;
    double total = 0;
    std::optional<double> published; // the sum of those lines; not for ds
};

// What a published table says, and what its own terms come to.
struct Comparison {
    std::string what;
    double published = 0;
    double computed = 0;
    std::string note;
};

struct Bill {
    Month month;
    Rates rates;
    Allowances allowances = Allowances::no;
    Prices prices;
    std::vector<Scenario> scenarios;
    std::vector<Comparison> comparisons;
};

// Errors name the rate that is no share.
Result<Bill> make_bill(Month const& month, Rates const& rates, Prices const& prices,
                       Allowances allowances);

Scenario const& scenario(Bill const& bill, std::string_view id); // must be there

} // namespace ds::loadtest
