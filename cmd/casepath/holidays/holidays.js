// Prints the public holidays of regions as JSON, by region; `casepath calendar
// refresh` runs it beside the package it asks. Arguments: the first year, the
// last year, then regions with their languages, "CA-QC:fr".
"use strict";
const Holidays = require("date-holidays");

const [first, last, ...regions] = process.argv.slice(2);
const found = {};
for (const argument of regions) {
  const [region, language] = argument.split(":");
  const source = new Holidays(...region.split("-"));
  found[region] = [];
  for (let year = Number(first); year <= Number(last); year++) {
    const english = source.getHolidays(year, "en");
    for (const day of source.getHolidays(year, language)) {
      if (day.type !== "public") continue;
      const same = english.find((e) => e.date === day.date && e.rule === day.rule);
      found[region].push({ date: day.date.slice(0, 10), name: day.name, en: same.name });
    }
  }
}
process.stdout.write(JSON.stringify(found));
