//! Figures, as a table for people and as JSON for programs.

use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;

/// Everything measured in one run.
#[derive(Default, Serialize)]
pub struct Report {
    pub figures: Vec<Figure>,
}

#[derive(Clone, Serialize)]
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    /// What is to be reached, and whether it was.
    pub target: Option<String>,
    pub reached: Option<bool>,
}

impl Report {
    pub fn add(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        self.figures.push(Figure { name: name.into(), value, unit, target: None, reached: None });
    }

    /// A figure that must not be above `most`.
    pub fn at_most(&mut self, name: impl Into<String>, value: f64, unit: &'static str, most: f64) {
        let target = Some(format!("<= {most} {unit}"));
        self.figures.push(Figure { name: name.into(), value, unit, target, reached: Some(value <= most) });
    }

    /// p50, p95 and p99 of the samples, in milliseconds; the one named must not be above `most`.
    pub fn latencies(&mut self, name: &str, samples: &mut [Duration], bound: Option<(&str, f64)>) {
        samples.sort_unstable();
        for (label, share) in [("p50", 0.50), ("p95", 0.95), ("p99", 0.99)] {
            let value = percentile(samples, share);
            match bound {
                Some((which, most)) if which == label => self.at_most(format!("{name} {label}"), value, "ms", most),
                _ => self.add(format!("{name} {label}"), value, "ms"),
            }
        }
    }

    /// Puts the daemon's intake beside the floor's.
    pub fn compare(&mut self) {
        let value = |name: &str, figures: &[Figure]| figures.iter().find(|figure| figure.name == name).map(|figure| figure.value);
        let floor = value("floor: rows of a message, 64 in flight", &self.figures);
        let intake = value("sqlite: intake to durable, 64 in flight", &self.figures);
        if let (Some(floor), Some(intake)) = (floor, intake) {
            let share = intake / floor;
            let target = Some(">= 0.25 of the floor".to_owned());
            self.figures.push(Figure {
                name: "sqlite: intake / floor".into(),
                value: share,
                unit: "ratio",
                target,
                reached: Some(share >= 0.25),
            });
        }
    }

    pub fn json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    pub fn table(&self) -> String {
        let mut out = String::new();
        for figure in &self.figures {
            let verdict = match (&figure.target, figure.reached) {
                (Some(target), Some(true)) => format!("  reached ({target})"),
                (Some(target), _) => format!("  MISSED ({target})"),
                _ => String::new(),
            };
            // Writing to a String cannot fail.
            let _written = writeln!(out, "{:<58} {:>12.2} {:<12}{verdict}", figure.name, figure.value, figure.unit);
        }
        out
    }
}

fn percentile(sorted: &[Duration], share: f64) -> f64 {
    let index = ((sorted.len() as f64) * share) as usize;
    sorted.get(index.min(sorted.len().saturating_sub(1))).map_or(f64::NAN, |sample| sample.as_secs_f64() * 1000.0)
}
