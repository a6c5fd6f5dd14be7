import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { type IntentId, intentIds } from '../intent-catalogue.js';
import type { Example } from './example.js';

/**
 * CLINC150 labels about banking and cards: the topic that they are learnt under (a Banking77 label
 * where one means the same) and the intent. What is not listed is none of our business.
 */
const CLINC_BANKING: Readonly<Record<string, readonly [topic: string, intent: IntentId]>> = {
  account_blocked: ['account-locked', 'account-access'],
  application_status: ['application-status', 'account-management'],
  apr: ['rates', 'general-inquiry'],
  balance: ['balance', 'balance-inquiry'],
  bill_due: ['bills', 'general-inquiry'],
  bill_balance: ['bills', 'general-inquiry'],
  card_declined: ['declined_card_payment', 'payment-issue'],
  credit_limit: ['credit-facts', 'general-inquiry'],
  credit_limit_change: ['change-limit', 'account-management'],
  credit_score: ['credit-score', 'general-inquiry'],
  damaged_card: ['card-damaged', 'card-service'],
  direct_deposit: ['direct-deposit', 'account-management'],
  exchange_rate: ['exchange_rate', 'general-inquiry'],
  expiration_date: ['card_about_to_expire', 'card-service'],
  freeze_account: ['freeze', 'card-service'],
  improve_credit_score: ['credit-score', 'general-inquiry'],
  interest_rate: ['rates', 'general-inquiry'],
  international_fees: ['foreign-fees', 'general-inquiry'],
  min_payment: ['credit-facts', 'general-inquiry'],
  new_card: ['new-card', 'card-service'],
  order_checks: ['order-checks', 'account-management'],
  pay_bill: ['make-payment', 'payment-issue'],
  pin_change: ['change_pin', 'account-access'],
  redeem_rewards: ['rewards', 'general-inquiry'],
  replacement_card_duration: ['card_delivery_estimate', 'card-service'],
  report_fraud: ['unauthorised-charge', 'fraud-report'],
  report_lost_card: ['lost_or_stolen_card', 'fraud-report'],
  rewards_balance: ['rewards', 'general-inquiry'],
  rollover_401k: ['retirement', 'general-inquiry'],
  routing: ['bank-details', 'general-inquiry'],
  spending_history: ['transactions', 'balance-inquiry'],
  transactions: ['transactions', 'balance-inquiry'],
  transfer: ['make-payment', 'payment-issue'],
  travel_notification: ['travel-notice', 'card-service'],
};

/** The other labels in groups: small talk, the assistant itself, errands, travel, work, cars and kitchens. */
const CLINC_BACKGROUND: Readonly<Record<string, string>> = {
  'background-small-talk':
    'greeting goodbye thank_you yes no maybe tell_joke fun_fact meaning_of_life flip_coin roll_dice repeat cancel',
  'background-assistant':
    'are_you_a_bot what_is_your_name who_made_you who_do_you_work_for where_are_you_from how_old_are_you do_you_have_pets what_are_your_hobbies what_can_i_ask_you change_ai_name change_accent change_language change_speed change_user_name change_volume whisper_mode user_name reset_settings sync_device',
  'background-travel':
    'book_flight book_hotel car_rental carry_on flight_status lost_luggage plug_type travel_alert travel_suggestion vaccines international_visa translate timezone uber traffic directions distance current_location share_location',
  'background-kitchen':
    'recipe ingredients_list ingredient_substitution cook_time calories nutrition_info food_last meal_suggestion restaurant_reservation restaurant_reviews restaurant_suggestion accept_reservations cancel_reservation confirm_reservation how_busy',
  'background-car':
    'gas gas_type mpg oil_change_how oil_change_when jump_start last_maintenance schedule_maintenance tire_change tire_pressure',
  'background-errands':
    'alarm calendar calendar_update reminder reminder_update timer time date todo_list todo_list_update shopping_list shopping_list_update play_music next_song what_song update_playlist smart_home find_phone make_call text weather spelling definition calculator measurement_conversion next_holiday order order_status',
  'background-work':
    'income payday pto_balance pto_request pto_request_status pto_used schedule_meeting meeting_schedule taxes w2 insurance insurance_change',
};

const clincSchema = z.object({
  train: z.array(z.tuple([z.string(), z.string()])),
  val: z.array(z.tuple([z.string(), z.string()])),
  oos_train: z.array(z.tuple([z.string(), z.string()])),
  oos_val: z.array(z.tuple([z.string(), z.string()])),
});

/** The background outnumbers every intent; at full weight it would swallow unusual requests. */
const BACKGROUND_WEIGHT = 0.5;

const bankingIntentsSchema = z.record(z.string(), z.enum(intentIds));

function backgroundTopics(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(CLINC_BACKGROUND).flatMap(([topic, labels]) =>
      labels.split(' ').map((label): [string, string] => [label, topic]),
    ),
  );
}

/** Reads rows of two fields, `text,category`, with quotes doubled inside quotes (RFC 4180). */
export function parseTwoColumns(csv: string): [string, string][] {
  const rows: [string, string][] = [];
  for (const match of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*)),([^,\r\n]+)\r?(?:\n|$)/g)) {
    const text = match[1]?.replaceAll('""', '"') ?? match[2] ?? '';
    rows.push([text, match[3] ?? '']);
  }
  return rows.slice(1);
}

/** Banking77 (PolyAI, CC BY 4.0), its labels as topics. */
export function readBanking77(folder: string): Example[] {
  const intents = bankingIntentsSchema.parse(
    JSON.parse(readFileSync(join(folder, 'banking77-to-intent.json'), 'utf8')),
  );
  return parseTwoColumns(readFileSync(join(folder, 'banking77-train.csv'), 'utf8')).map(
    ([text, topic]) => ({
      text,
      topic,
      intent: intents[topic] ?? 'general-inquiry',
      weight: 1,
      source: 'banking77',
    }),
  );
}

/** CLINC150 (Larson et al. 2019, CC BY 3.0): banking labels by meaning, the others as background. */
export function readClinc150(folder: string): { train: Example[]; validation: Example[] } {
  const sets = clincSchema.parse(
    JSON.parse(readFileSync(join(folder, 'clinc150-train.json'), 'utf8')),
  );
  const background = backgroundTopics();
  const asExample = ([text, label]: [string, string]): Example => {
    const banking = CLINC_BANKING[label];
    const [topic, intent] = banking ?? [
      background.get(label) ?? 'background-other',
      'out-of-scope',
    ];
    const weight = intent === 'out-of-scope' ? BACKGROUND_WEIGHT : 1;
    return { text, topic, intent, weight, source: 'clinc150' };
  };
  return {
    train: [...sets.train, ...sets.oos_train].map(asExample),
    validation: [...sets.val, ...sets.oos_val].map(asExample),
  };
}
